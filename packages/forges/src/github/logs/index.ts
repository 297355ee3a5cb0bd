import type { PullRequestObservation } from '@optio/core'
import type { RepositoryRef } from '../../forge.ts'
import { NoAnswer } from '../../no-answer.ts'
import type { GithubClient, Priority } from '../http/client.ts'
import { hiddenCheckId, isRequired, latestOf } from '../observe/checks.ts'
import type { FoundCheck, FoundChecks } from '../observe/found.ts'
import type { BranchRules } from '../observe/rules.ts'
import { checkRunText } from './check-run.ts'
import { failedJobsOf, jobLog } from './job.ts'

export interface LogReader {
  /**
   * Logs of the checks that failed and decide, by their ids. Those that are known are not read again; a log that GitHub does not have
   * is left out. A fault that may pass is `NoAnswer` a few times, and then the check goes without its log.
   */
  read(
    repository: RepositoryRef,
    checks: FoundChecks,
    rules: BranchRules,
    previous: PullRequestObservation | null,
    priority: Priority,
  ): Promise<ReadonlyMap<string, string>>
}

/** What an agent is told of at once; the others are named. */
const MAX_LOGS = 5
const MAX_TRIES = 3
const MAX_KNOWN = 100

/** Conclusions an agent can do something about. */
const FAILED = ['failure', 'timed_out']

type Known = { readonly log: string | null } | { readonly tries: number }

export function createLogReader(client: GithubClient): LogReader {
  const known = new Map<string, Known>()

  const remember = (key: string, value: Known) => {
    known.delete(key)
    known.set(key, value)
    for (const oldest of known.keys()) {
      if (known.size <= MAX_KNOWN) break
      known.delete(oldest)
    }
  }

  const readOnce = async (key: string, read: () => Promise<string | null>): Promise<string | null> => {
    const before = known.get(key)
    if (before !== undefined && 'log' in before) return before.log
    const tries = (before?.tries ?? 0) + 1
    try {
      const log = await read()
      remember(key, { log })
      return log
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      // A limit is over some time; a log that can't be read for hours must not hide that the check failed.
      if (error.reason === 'limited') throw error
      remember(key, tries < MAX_TRIES ? { tries } : { log: null })
      if (tries < MAX_TRIES) throw error
      return null
    }
  }

  return {
    read: async (repository, checks, rules, previous, priority) => {
      const logs = new Map<string, string>()
      const told = new Map((previous?.checks.items ?? []).map(({ id, log }) => [id, log]))
      for (const { id, read } of failuresOf(client, repository, checks, rules, priority).slice(0, MAX_LOGS)) {
        const key = `${repository.workspaceId} ${repository.id} ${id}`
        const log = told.get(id) ?? (await readOnce(key, read))
        if (log !== null) logs.set(id, log)
      }
      return logs
    },
  }
}

interface Failure {
  readonly id: string
  readonly read: () => Promise<string | null>
}

function failuresOf(
  client: GithubClient,
  repository: RepositoryRef,
  checks: FoundChecks,
  rules: BranchRules,
  priority: Priority,
): readonly Failure[] {
  const latest = latestOf(checks.all)
  const required = latest.filter((check) => isRequired(check, rules))
  const failed = (required.length > 0 ? required : latest).filter(
    ({ kind, status, conclusion }) =>
      kind === 'run' && status === 'completed' && FAILED.includes(conclusion ?? ''),
  )
  const hidden = checks.someHidden && (checks.combined === 'failure' || checks.combined === 'error')
  return [
    ...failed.map((check) => ({
      id: check.id,
      read: async () => await logOf(client, repository, check, priority),
    })),
    ...(hidden
      ? [
          {
            id: hiddenCheckId(checks),
            read: async () => await failedJobsOf(client, repository, checks.sha, priority),
          },
        ]
      : []),
  ]
}

async function logOf(
  client: GithubClient,
  repository: RepositoryRef,
  check: FoundCheck,
  priority: Priority,
): Promise<string | null> {
  const jobId = jobOf(check)
  const log = jobId === null ? null : await jobLog(client, repository, jobId, priority)
  return log ?? (await checkRunText(client, repository, check.id, priority))
}

/** The check run of a job of GitHub Actions leads to it; where it does not, the job has the check run's own number. */
function jobOf({ workflow, url, id }: FoundCheck): number | null {
  if (workflow === null) return null
  return Number(/\/job\/(\d{1,15})(?:[/?#]|$)/.exec(url ?? '')?.[1] ?? id)
}
