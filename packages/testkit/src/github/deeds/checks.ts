import type { CheckConclusion, CheckPlan, CheckShown, PushedHead } from '../control/checks.ts'
import { readFileAt } from '../git/tree.ts'
import type { User } from '../state/account.ts'
import type { CheckApp, CheckRun, CheckSuite, CommitStatus, OpenPlan, StatusState } from '../state/check.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { latestRuns, latestStatuses } from './check-states.ts'
import { suiteFor } from './suites.ts'

const FAKE_CI: CheckApp = { id: 7, slug: 'fake-ci', name: 'Fake CI' }
const ACTIONS: CheckApp = { id: 15368, slug: 'github-actions', name: 'GitHub Actions' }

/** Asks the repository's script what a new head gets, and starts that. Whoever pushed does not wait for it. */
export function runScript(world: World, repository: Repository, head: Omit<PushedHead, 'read'>): void {
  const { script } = repository
  if (script === null) return
  const plans = script({ ...head, read: (path) => readFileAt(repository.gitDir, head.sha, path) })
  const start = (ready: readonly CheckPlan[]) =>
    void addChecks(world, repository, head.sha, head.branch, world.user(head.by), ready)
  if (plans instanceof Promise) world.clock.after(0, () => plans.then(start))
  else start(plans)
}

export function addChecks(
  world: World,
  repository: Repository,
  sha: string,
  branch: string | null,
  actor: User,
  plans: readonly CheckPlan[],
): void {
  for (const plan of plans) {
    const open: OpenPlan = { plan, sha, branch, actor, started: false }
    const wait = plan.startsAfter ?? 0
    if (wait === 'manual') repository.openPlans.push(open)
    else world.clock.after(wait, () => startPlan(world, repository, open))
  }
}

/** The check appears; it ends by its plan. */
export function startPlan(world: World, repository: Repository, open: OpenPlan): void {
  const { plan } = open
  const wait = plan.after ?? 0
  const finish =
    plan.kind === 'status'
      ? startStatus(world, repository, open, wait === 0)
      : startRun(world, repository, open)
  if (finish === null) return
  if (wait === 'manual') repository.openPlans.push({ ...open, started: true })
  else world.clock.after(wait, finish)
}

/** Null: a status that is final at once never was pending. */
function startStatus(
  world: World,
  repository: Repository,
  { plan, sha }: OpenPlan,
  atOnce: boolean,
): (() => void) | null {
  if (atOnce) addPlannedStatus(world, repository, sha, plan, statusOf(plan.conclusion))
  else addPlannedStatus(world, repository, sha, plan, 'pending')
  return atOnce ? null : () => addPlannedStatus(world, repository, sha, plan, statusOf(plan.conclusion))
}

function statusOf(conclusion: CheckConclusion = 'success'): StatusState {
  if (conclusion === 'success' || conclusion === 'failure') return conclusion
  return conclusion === 'neutral' || conclusion === 'skipped' ? 'success' : 'error'
}

function addPlannedStatus(
  world: World,
  repository: Repository,
  sha: string,
  plan: CheckPlan,
  state: StatusState,
): void {
  addStatus(world, repository, sha, world.user('fake-ci-bot'), {
    context: plan.name,
    state,
    description: plan.output?.summary ?? null,
    targetUrl: plan.detailsUrl ?? null,
  })
}

export function addStatus(
  world: World,
  repository: Repository,
  sha: string,
  creator: User,
  facts: Pick<CommitStatus, 'context' | 'state' | 'description' | 'targetUrl'>,
): CommitStatus {
  const status = { id: world.id(), creator, createdAt: world.clock.iso(), ...facts }
  repository.statuses.set(sha, [...(repository.statuses.get(sha) ?? []), status])
  world.tell({ event: 'status', action: null, repository, by: creator, status, sha })
  return status
}

function startRun(world: World, repository: Repository, open: OpenPlan): () => void {
  const { plan, actor } = open
  const suite = suiteFor(world, repository, open, plan.kind === 'workflow' ? ACTIONS : FAKE_CI)
  const run: CheckRun = {
    id: world.id(),
    suite,
    name: plan.name,
    detailsUrl: plan.detailsUrl ?? null,
    status: 'in_progress',
    conclusion: null,
    startedAt: world.clock.iso(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    job: plan.kind === 'workflow' ? { steps: [], log: null } : null,
  }
  suite.runs.push(run)
  repository.runs.set(run.id, run)
  if (suite.workflowRun !== null && suite.runs.length === 1) {
    world.tell({ event: 'workflow_run', action: 'requested', repository, by: actor, suite })
  }
  world.tell({ event: 'check_run', action: 'created', repository, by: actor, run })
  return () => finishRun(world, repository, run, plan, actor)
}

export function finishRun(
  world: World,
  repository: Repository,
  run: CheckRun,
  plan: Omit<CheckPlan, 'name'>,
  actor: User,
): void {
  if (run.status === 'completed') return
  const conclusion = plan.conclusion ?? 'success'
  run.status = 'completed'
  run.conclusion = conclusion
  run.completedAt = world.clock.iso()
  run.title = plan.output?.title ?? null
  run.summary = plan.output?.summary ?? null
  run.text = plan.output?.text ?? null
  run.annotations = plan.annotations ?? []
  if (run.job !== null) {
    run.job.steps = (plan.steps ?? [{ name: 'Run', conclusion }]).map((step) => ({
      name: step.name,
      conclusion: step.conclusion ?? 'success',
    }))
    run.job.log = plan.log ?? ''
  }
  run.suite.updatedAt = run.completedAt
  world.tell({ event: 'check_run', action: 'completed', repository, by: actor, run })
  if (run.suite.runs.some(({ status }) => status !== 'completed')) return
  if (run.suite.workflowRun !== null) {
    world.tell({ event: 'workflow_run', action: 'completed', repository, by: actor, suite: run.suite })
  }
  world.tell({ event: 'check_suite', action: 'completed', repository, by: actor, suite: run.suite })
}

/** Takes out the plan of that name and commit which waits for a hand, to start or (`started`) to end. */
export function takePlan(
  repository: Repository,
  sha: string,
  name: string,
  started: boolean,
): OpenPlan | null {
  const open = repository.openPlans.find(
    (each) => each.sha === sha && each.plan.name === name && each.started === started,
  )
  repository.openPlans = repository.openPlans.filter((each) => each !== open)
  return open ?? null
}

export function shownChecks(repository: Repository, sha: string): CheckShown[] {
  const runs = latestRuns(repository, sha).map(
    (run): CheckShown => ({
      id: run.id,
      name: run.name,
      kind: run.job === null ? 'check_run' : 'workflow',
      sha,
      status: run.status,
      conclusion: run.conclusion,
    }),
  )
  const statuses = latestStatuses(repository, sha).map(
    ({ id, context, state }): CheckShown => ({
      id,
      name: context,
      kind: 'status',
      sha,
      status: state === 'pending' ? 'in_progress' : 'completed',
      conclusion: state === 'pending' ? null : state,
    }),
  )
  return [...runs, ...statuses].sort((a, b) => a.id - b.id)
}

export function suiteState(suite: CheckSuite): {
  status: 'in_progress' | 'completed'
  conclusion: CheckConclusion | null
} {
  if (suite.runs.some(({ status }) => status !== 'completed'))
    return { status: 'in_progress', conclusion: null }
  const conclusions = suite.runs.map(({ conclusion }) => conclusion)
  const worst = (['failure', 'timed_out', 'action_required', 'cancelled'] as const).find((each) =>
    conclusions.includes(each),
  )
  return {
    status: 'completed',
    conclusion: worst ?? conclusions.find((each) => each === 'success') ?? 'neutral',
  }
}
