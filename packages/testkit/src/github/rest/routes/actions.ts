import { commitOf } from '../../deeds/relations.ts'
import { workflowAt } from '../../deeds/suites.ts'
import { readFileAt, readTree } from '../../git/tree.ts'
import { emptyAnswer, jsonAnswer } from '../../http/answer.ts'
import type { Workflow } from '../../state/check.ts'
import { notFound } from '../../state/refusal.ts'
import type { Repository } from '../../state/repository.ts'
import { linkHeader, pageOf } from '../page.ts'
import type { RestRequest } from '../request.ts'
import { ADMIN, READ, repositoryRoute } from '../route.ts'
import {
  type ActionsJob,
  type ActionsSuite,
  isActionsJob,
  isActionsSuite,
  jobView,
  workflowRunView,
} from '../views/actions.ts'
import { workflowView } from '../views/checks.ts'

const ACTIONS_READ = READ('actions=read')

function actionsSuites(repository: Repository): ActionsSuite[] {
  return [...repository.suites.values()]
    .flat()
    .filter(isActionsSuite)
    .sort((a, b) => b.workflowRun.id - a.workflowRun.id)
}

function suiteOf(repository: Repository, runId: number): ActionsSuite {
  const suite = actionsSuites(repository).find(({ workflowRun }) => workflowRun.id === runId)
  if (suite === undefined) throw notFound()
  return suite
}

function jobOf(repository: Repository, id: number): { suite: ActionsSuite; job: ActionsJob } {
  const job = repository.runs.get(id)
  if (job === undefined || !isActionsJob(job) || !isActionsSuite(job.suite)) throw notFound()
  return { suite: job.suite, job }
}

/** Those that have run, and those whose file is on the default branch. */
async function workflowsOf({ world }: RestRequest, repository: Repository): Promise<Workflow[]> {
  const head = repository.branches.get(repository.defaultBranch)
  const files =
    head === undefined ? null : await readTree(repository.gitDir, `${head}:.github/workflows`, false)
  for (const { path, type } of files ?? []) {
    if (type !== 'blob' || !/\.ya?ml$/.test(path) || head === undefined) continue
    const full = `.github/workflows/${path}`
    const text = (await readFileAt(repository.gitDir, head, full)) ?? ''
    workflowAt(world, repository, full, /^name:[ \t]*(.+)$/m.exec(text)?.[1]?.trim() ?? full)
  }
  return [...repository.workflows.values()]
}

async function runsAnswer(request: RestRequest, repository: Repository, suites: readonly ActionsSuite[]) {
  const { query } = request
  const [sha, branch, event] = ['head_sha', 'branch', 'event'].map((name) => query.get(name))
  const asked = suites.filter(
    (suite) =>
      (sha === null || suite.sha === sha) &&
      (branch === null || suite.branch === branch) &&
      (event === null || event === suite.workflowRun.event),
  )
  const shown = await Promise.all(
    pageOf(request, asked).map(async (suite) =>
      workflowRunView(request.world, repository, suite, await commitOf(repository, suite.sha)),
    ),
  )
  return jsonAnswer(
    200,
    { total_count: asked.length, workflow_runs: shown },
    linkHeader(request, asked.length),
  )
}

export const ACTION_ROUTES = [
  repositoryRoute('GET', '/actions/workflows', ACTIONS_READ, async (request, repository) => {
    const workflows = await workflowsOf(request, repository)
    const shown = pageOf(request, workflows).map((workflow) =>
      workflowView(request.world, repository, workflow),
    )
    return jsonAnswer(
      200,
      { total_count: workflows.length, workflows: shown },
      linkHeader(request, workflows.length),
    )
  }),
  repositoryRoute('GET', '/actions/workflows/:workflow/runs', ACTIONS_READ, (request, repository) => {
    const wanted = request.param('workflow')
    const suites = actionsSuites(repository).filter(
      ({ workflowRun: { workflow } }) =>
        String(workflow.id) === wanted || workflow.path.endsWith(`/${wanted}`),
    )
    return runsAnswer(request, repository, suites)
  }),
  repositoryRoute('GET', '/actions/runs', ACTIONS_READ, (request, repository) =>
    runsAnswer(request, repository, actionsSuites(repository)),
  ),
  repositoryRoute('GET', '/actions/runs/:id', ACTIONS_READ, async (request, repository) => {
    const suite = suiteOf(repository, request.number('id'))
    const commit = await commitOf(repository, suite.sha)
    return jsonAnswer(200, workflowRunView(request.world, repository, suite, commit))
  }),
  repositoryRoute('GET', '/actions/runs/:id/jobs', ACTIONS_READ, (request, repository) => {
    const suite = suiteOf(repository, request.number('id'))
    const jobs = suite.runs.filter(isActionsJob)
    const shown = pageOf(request, jobs).map((job) => jobView(request.world, repository, suite, job))
    return jsonAnswer(200, { total_count: jobs.length, jobs: shown }, linkHeader(request, jobs.length))
  }),
  repositoryRoute('GET', '/actions/jobs/:id', ACTIONS_READ, (request, repository) => {
    const { suite, job } = jobOf(repository, request.number('id'))
    return jsonAnswer(200, jobView(request.world, repository, suite, job))
  }),
  // GitHub redirects to an address of a store elsewhere that is good for a minute and takes no credential.
  repositoryRoute('GET', '/actions/jobs/:id/logs', ACTIONS_READ, (request, repository) => {
    const { job } = jobOf(repository, request.number('id'))
    if (job.job.log === null) throw notFound()
    const until = request.world.clock.now() + 60_000
    return emptyAnswer(302, {
      location: `${request.world.url}/_logs/${repository.id}/${job.id}?until=${until}`,
    })
  }),
  repositoryRoute('GET', '/actions/permissions', ADMIN('administration=read'), () =>
    jsonAnswer(200, { enabled: true, allowed_actions: 'all' }),
  ),
]

/** The log of a job as the store has it: a timestamp before each line. Null: there is none, or the address is too old. */
export function storedLog(repository: Repository, jobId: number, until: number, now: number): string | null {
  const run = repository.runs.get(jobId)
  if (run === undefined || run.job === null || run.job.log === null || until < now) return null
  const at = new Date(run.completedAt ?? run.startedAt).toISOString().replace('Z', '0000Z')
  return run.job.log
    .split('\n')
    .map((line) => `${at} ${line}`)
    .join('\r\n')
}
