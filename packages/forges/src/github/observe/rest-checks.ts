import { combinedState, runStatus } from '../graphql/answer.ts'
import {
  type Fields,
  fields,
  fieldsOrNull,
  integer,
  integerOrNull,
  text,
  textOrNull,
  time,
} from '../shape.ts'
import type { FoundCheck, FoundChecks } from './found.ts'
import type { RestAsking } from './rest-asking.ts'

/** Check runs and commit statuses of a commit. Those that are not told are hidden, and nothing is made of that. */
export async function restChecks(asking: RestAsking, sha: string): Promise<FoundChecks> {
  const [runs, suites, statuses] = await Promise.all([
    asking.all(['commits', sha, 'check-runs'], 'check_runs'),
    asking.all(['commits', sha, 'check-suites'], 'check_suites'),
    asking.all(['commits', sha, 'status'], 'statuses'),
  ])
  const statusOf = new Map((suites ?? []).map((suite) => [integer(suite, 'id'), textOrNull(suite, 'status')]))
  return {
    sha,
    combined: null,
    someHidden: runs === null || statuses === null,
    all: [...(runs ?? []).map((run) => readRun(run, statusOf)), ...(statuses ?? []).map(readStatus)],
  }
}

function readRun(run: Fields, suites: ReadonlyMap<number, string | null>): FoundCheck {
  const id = integer(run, 'id')
  const app = fieldsOrNull(run.app, 'an app')
  const url = textOrNull(run, 'details_url')
  const output = fieldsOrNull(run.output, 'an output')
  const suite = integerOrNull(fieldsOrNull(run.check_suite, 'a check suite') ?? {}, 'id')
  return {
    kind: 'run',
    id: String(id),
    order: id,
    name: text(run, 'name'),
    status: runStatus(text(run, 'status')),
    conclusion: textOrNull(run, 'conclusion'),
    summary: output === null ? '' : (textOrNull(output, 'title') ?? ''),
    url,
    isRequired: null,
    appId: app === null ? null : integerOrNull(app, 'id'),
    appSlug: app === null ? null : textOrNull(app, 'slug'),
    workflow: workflowOf(url, suite === null ? null : (suites.get(suite) ?? null)),
  }
}

/** REST does not name the workflow: the address of its job has the number of its run. */
function workflowOf(url: string | null, suiteStatus: string | null): FoundCheck['workflow'] {
  const run = /\/actions\/runs\/(\d{1,15})(?:[/?#]|$)/.exec(url ?? '')?.[1]
  if (run === undefined) return null
  return {
    id: Number(run),
    name: `workflow run ${run}`,
    event: '',
    isDone: suiteStatus === null || suiteStatus === 'completed',
  }
}

function readStatus(status: Fields): FoundCheck {
  const state = combinedState(text(fields(status, 'a status'), 'state'))
  return {
    kind: 'status',
    id: `status:${integer(status, 'id')}`,
    order: time(status, 'created_at'),
    name: text(status, 'context'),
    status: state === 'pending' ? 'running' : 'completed',
    conclusion: state === 'pending' ? null : state,
    summary: textOrNull(status, 'description') ?? '',
    url: textOrNull(status, 'target_url'),
    isRequired: null,
    appId: null,
    appSlug: null,
    workflow: null,
  }
}
