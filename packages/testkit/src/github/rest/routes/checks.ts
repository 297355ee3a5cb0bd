import { latestRuns, latestStatuses } from '../../deeds/check-states.ts'
import { addStatus } from '../../deeds/checks.ts'
import { commitOf } from '../../deeds/relations.ts'
import { jsonAnswer } from '../../http/answer.ts'
import type { CheckRun, CheckSuite, StatusState } from '../../state/check.ts'
import { invalid, notFound } from '../../state/refusal.ts'
import type { Repository } from '../../state/repository.ts'
import { linkHeader, listAnswer, pageOf } from '../page.ts'
import type { RestRequest } from '../request.ts'
import { resolveRevision } from '../revision.ts'
import { READ, repositoryRoute, WRITE } from '../route.ts'
import type { Schemas } from '../schemas.ts'
import { annotationsView, checkRunView, checkSuiteView, statusView } from '../views/checks.ts'
import { repositoryUrl, repositoryView } from '../views/repositories.ts'
import { userView } from '../views/users.ts'

const CHECKS_READ = READ('checks=read')
const STATUSES_READ = READ('statuses=read')

function runOf(repository: Repository, id: number): CheckRun {
  const run = repository.runs.get(id)
  if (run === undefined) throw notFound()
  return run
}

function suiteOf(repository: Repository, id: number): CheckSuite {
  const suite = [...repository.suites.values()].flat().find((each) => each.id === id)
  if (suite === undefined) throw notFound()
  return suite
}

function runsAnswer(request: RestRequest, repository: Repository, runs: readonly CheckRun[]) {
  const { query, world } = request
  const name = query.get('check_name')
  const status = query.get('status')
  const asked = runs.filter(
    (run) => (name === null || run.name === name) && (status === null || run.status === status),
  )
  const shown = pageOf(request, asked).map((run) => checkRunView(world, repository, run))
  return jsonAnswer(200, { total_count: asked.length, check_runs: shown }, linkHeader(request, asked.length))
}

/** For GitHub, a combined status without any status is pending. */
function combinedState(statuses: readonly { state: StatusState }[]): string {
  const states = statuses.map(({ state }) => state)
  if (states.includes('failure') || states.includes('error')) return 'failure'
  return states.length === 0 || states.includes('pending') ? 'pending' : 'success'
}

export const CHECK_ROUTES = [
  repositoryRoute('GET', '/commits/:ref/check-runs', CHECKS_READ, async (request, repository) => {
    const sha = await resolveRevision(repository, request.param('ref'))
    const all = (repository.suites.get(sha) ?? []).flatMap(({ runs }) => runs)
    return runsAnswer(
      request,
      repository,
      request.query.get('filter') === 'all' ? all : latestRuns(repository, sha),
    )
  }),
  repositoryRoute('GET', '/commits/:ref/check-suites', CHECKS_READ, async (request, repository) => {
    const sha = await resolveRevision(repository, request.param('ref'))
    const suites = repository.suites.get(sha) ?? []
    const commit = await commitOf(repository, sha)
    const shown = pageOf(request, suites).map((suite) =>
      checkSuiteView(request.world, repository, suite, commit),
    )
    return jsonAnswer(
      200,
      { total_count: suites.length, check_suites: shown },
      linkHeader(request, suites.length),
    )
  }),
  repositoryRoute('GET', '/check-suites/:id', CHECKS_READ, async (request, repository) => {
    const suite = suiteOf(repository, request.number('id'))
    const commit = await commitOf(repository, suite.sha)
    return jsonAnswer(200, checkSuiteView(request.world, repository, suite, commit))
  }),
  repositoryRoute('GET', '/check-suites/:id/check-runs', CHECKS_READ, (request, repository) =>
    runsAnswer(request, repository, suiteOf(repository, request.number('id')).runs),
  ),
  repositoryRoute('GET', '/check-runs/:id', CHECKS_READ, (request, repository) =>
    jsonAnswer(200, checkRunView(request.world, repository, runOf(repository, request.number('id')))),
  ),
  repositoryRoute('GET', '/check-runs/:id/annotations', CHECKS_READ, (request, repository) =>
    listAnswer(
      request,
      annotationsView(request.world, repository, runOf(repository, request.number('id'))),
      (annotation) => annotation,
    ),
  ),
  repositoryRoute('GET', '/commits/:ref/status', STATUSES_READ, async (request, repository) => {
    const { world } = request
    const sha = await resolveRevision(repository, request.param('ref'))
    const statuses = latestStatuses(repository, sha)
    const commitUrl = `${repositoryUrl(world, repository)}/commits/${sha}`
    const combined: Schemas['combined-commit-status'] = {
      state: combinedState(statuses),
      statuses: pageOf(request, statuses).map((status) => statusView(world, repository, status, sha)),
      sha,
      total_count: statuses.length,
      repository: repositoryView(world, repository, request.viewer),
      commit_url: commitUrl,
      url: `${commitUrl}/status`,
    }
    return jsonAnswer(200, combined, linkHeader(request, statuses.length))
  }),
  repositoryRoute('GET', '/commits/:ref/statuses', STATUSES_READ, async (request, repository) => {
    const sha = await resolveRevision(repository, request.param('ref'))
    const statuses = [...(repository.statuses.get(sha) ?? [])].reverse()
    return listAnswer(request, statuses, (status) => ({
      ...statusView(request.world, repository, status, sha),
      creator: userView(request.world, status.creator),
    }))
  }),
  repositoryRoute('POST', '/statuses/:sha', WRITE('statuses=write'), async (request, repository) => {
    const { world } = request
    const sha = await resolveRevision(repository, request.param('sha'))
    const state = request.requiredText('state', 'Status')
    if (state !== 'pending' && state !== 'success' && state !== 'failure' && state !== 'error') {
      throw invalid('Status', 'state', 'invalid')
    }
    const status = addStatus(world, repository, sha, request.user, {
      context: request.text('context') ?? 'default',
      state,
      description: request.text('description') ?? null,
      targetUrl: request.text('target_url') ?? null,
    })
    const creator = userView(world, status.creator)
    return jsonAnswer(201, {
      ...statusView(world, repository, status, sha),
      creator,
    } satisfies Schemas['status'])
  }),
]
