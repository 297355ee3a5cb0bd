import type { CheckPlan, CheckShown } from '../control/checks.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { latestStatuses } from './check-states.ts'
import { finishRun, shownChecks, startPlan, takePlan } from './checks.ts'

/** The commit that a branch or an id names, with the branch it is the head of. */
export function namedCommit(repository: Repository, ref: string): { sha: string; branch: string | null } {
  const head = repository.branches.get(ref)
  if (head !== undefined) return { sha: head, branch: ref }
  if (!/^[0-9a-f]{40}$/.test(ref)) throw new Error(`There is no branch ${ref}.`)
  const [branch = null] = [...repository.branches].find(([, sha]) => sha === ref) ?? []
  return { sha: ref, branch }
}

/** Starts what waits under that name, or something new that ends by hand. */
export function startByHand(
  world: World,
  repository: Repository,
  ref: string,
  name: string,
  plan: Omit<CheckPlan, 'name'>,
): CheckShown {
  const { sha, branch } = namedCommit(repository, ref)
  const open = takePlan(repository, sha, name, false) ?? {
    plan: { after: 'manual' as const, ...plan, name },
    sha,
    branch,
    actor: repository.owner,
    started: false,
  }
  startPlan(world, repository, open)
  return checkNamed(repository, sha, name)
}

/** Ends what runs under that name; what only waits, or is not there at all, is started first. */
export function finishByHand(
  world: World,
  repository: Repository,
  ref: string,
  name: string,
  change: Omit<CheckPlan, 'name' | 'kind'>,
): CheckShown {
  const { sha, branch } = namedCommit(repository, ref)
  const open = takePlan(repository, sha, name, true) ?? takePlan(repository, sha, name, false)
  const run = [...repository.runs.values()].findLast(
    (each) => each.suite.sha === sha && each.name === name && each.status !== 'completed',
  )
  const isStatus = latestStatuses(repository, sha).some(({ context }) => context === name)
  const plan: CheckPlan = {
    ...(isStatus ? { kind: 'status' } : {}),
    ...open?.plan,
    ...change,
    name,
    startsAfter: 0,
    after: 0,
  }
  const actor = repository.owner
  if (run !== undefined) finishRun(world, repository, run, plan, actor)
  else startPlan(world, repository, { plan, sha, branch, actor, started: false })
  return checkNamed(repository, sha, name)
}

function checkNamed(repository: Repository, sha: string, name: string): CheckShown {
  const check = shownChecks(repository, sha).findLast((each) => each.name === name)
  if (check === undefined) throw new Error(`There is no check ${name} at ${sha}.`)
  return check
}
