import type { RepositoryRef } from '../../forge.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, type Priority, repositoryPath } from '../http/client.ts'
import { restPages } from '../http/pages.ts'
import { type Fields, fields, integer, list, text, textOrNull } from '../shape.ts'
import { cleanLog } from './clean.ts'
import { failingPart, type StepTimes } from './failing-part.ts'
import { runsOf } from './runs.ts'

/** Of a log that is longer, what comes before is not read: the steps after the one that failed are short. */
const TAIL_BYTES = 4 * 1024 * 1024
const MAX_PAGES = 3

const FAILED = ['failure', 'timed_out', 'startup_failure']

/**
 * The failing job and step of GitHub Actions, and the last useful lines of its log, in words; null when the credential may not read it,
 * or GitHub has it no more. Errors that may pass are `NoAnswer`.
 */
export async function jobLog(
  client: GithubClient,
  repository: RepositoryRef,
  jobId: number,
  priority: Priority,
): Promise<string | null> {
  const about = aboutOf(repository)
  const path = repositoryPath(repository, 'actions', 'jobs', jobId)
  const job = await client.rest<unknown>({ method: 'GET', path, priority, about })
  if (job.status !== 200) return null
  const log = await client.text({ path: `${path}/logs`, priority, about, tailBytes: TAIL_BYTES })
  return describe(fields(job.data, 'a job'), log.status === 200 ? log.text : '')
}

/** The same of every job that failed on a commit, for a credential that may read GitHub Actions and no checks; the first few. */
export async function failedJobsOf(
  client: GithubClient,
  repository: RepositoryRef,
  headSha: string,
  priority: Priority,
): Promise<string | null> {
  const about = aboutOf(repository)
  const runs = await runsOf(client, repository, headSha, priority)
  const failed = (runs ?? []).filter(({ conclusion }) => isFailed(conclusion))
  const logs: string[] = []
  for (const run of failed.slice(0, 2)) {
    const path = repositoryPath(repository, 'actions', 'runs', integer(run, 'id'), 'jobs')
    for await (const { status, data } of restPages<unknown>(
      client,
      { method: 'GET', path, priority, about },
      MAX_PAGES,
    )) {
      if (status !== 200) break
      const jobs = list(fields(data, 'jobs').jobs, 'jobs').map((job) => fields(job, 'a job'))
      const job = jobs.find(({ conclusion }) => isFailed(conclusion))
      if (job === undefined) continue
      const log = await jobLog(client, repository, integer(job, 'id'), priority)
      if (log !== null) logs.push(log)
      break
    }
  }
  return logs.length === 0 ? null : logs.join('\n\n')
}

function describe(job: Fields, log: string): string | null {
  const steps = (Array.isArray(job.steps) ? job.steps : []).map((step) => fields(step, 'a step'))
  const step = steps.find(({ conclusion }) => isFailed(conclusion))
  const lines = failingPart(cleanLog(log), step === undefined ? null : timesOf(step))
  if (lines === '' && step === undefined) return null
  const workflow = textOrNull(job, 'workflow_name')
  return [
    `Job: ${text(job, 'name')}${workflow === null ? '' : ` (workflow ${workflow})`}`,
    ...(step === undefined ? [] : [`Failed step: ${text(step, 'name')}`]),
    '',
    lines,
  ]
    .join('\n')
    .trim()
}

function timesOf(step: Fields): StepTimes | null {
  const [from, until] = [step.started_at, step.completed_at].map((date) =>
    typeof date === 'string' ? Date.parse(date) : Number.NaN,
  )
  return from !== undefined && until !== undefined && from <= until ? { from, until } : null
}

function isFailed(conclusion: unknown): boolean {
  return typeof conclusion === 'string' && FAILED.includes(conclusion)
}
