import type { CheckApp, CheckSuite, OpenPlan, Workflow, WorkflowRun } from '../state/check.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'

/**
 * Where a new run belongs: an app has one suite for each commit, a workflow one for each of its runs. A job whose name the
 * newest run of its workflow has already is of a new run.
 */
export function suiteFor(world: World, repository: Repository, open: OpenPlan, app: CheckApp): CheckSuite {
  const { plan, sha, branch } = open
  const suites = repository.suites.get(sha) ?? []
  const path = plan.workflow?.path ?? '.github/workflows/ci.yml'
  const event = plan.workflow?.event ?? 'push'
  const present = suites.findLast(
    (suite) =>
      suite.app.slug === app.slug &&
      (plan.kind !== 'workflow' ||
        (suite.workflowRun?.workflow.path === path &&
          suite.workflowRun.event === event &&
          suite.runs.every(({ name }) => name !== plan.name))),
  )
  if (present !== undefined) return present
  const now = world.clock.iso()
  const suite: CheckSuite = {
    id: world.id(),
    app,
    sha,
    branch,
    before: null,
    createdAt: now,
    updatedAt: now,
    runs: [],
    workflowRun: plan.kind === 'workflow' ? newRun(world, repository, open, path, event) : null,
  }
  repository.suites.set(sha, [...suites, suite])
  return suite
}

function newRun(
  world: World,
  repository: Repository,
  { plan, actor }: OpenPlan,
  path: string,
  event: string,
): WorkflowRun {
  const workflow = workflowAt(world, repository, path, plan.workflow?.name ?? 'CI')
  workflow.runs += 1
  return {
    id: world.id(),
    workflow,
    event,
    number: workflow.runs,
    actor,
    title: plan.workflow?.name ?? 'CI',
    createdAt: world.clock.iso(),
  }
}

/** The workflow of that file, known from now on. */
export function workflowAt(world: World, repository: Repository, path: string, name: string): Workflow {
  const present = repository.workflows.get(path)
  if (present !== undefined) return present
  const workflow = { id: world.id(), name, path, createdAt: world.clock.iso(), runs: 0 }
  repository.workflows.set(path, workflow)
  return workflow
}
