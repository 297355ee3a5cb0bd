import type { CheckRun, CommitStatus } from '../state/check.ts'
import type { Repository } from '../state/repository.ts'

export type CheckOutcome = 'pending' | 'success' | 'failure' | 'error'

/** Newest run of each name and app, oldest first. */
export function latestRuns(repository: Repository, sha: string): CheckRun[] {
  const latest = new Map<string, CheckRun>()
  for (const suite of repository.suites.get(sha) ?? []) {
    for (const run of suite.runs) latest.set(`${suite.app.slug} ${run.name}`, run)
  }
  return [...latest.values()].sort((a, b) => a.id - b.id)
}

/** Newest status of each context, newest first. */
export function latestStatuses(repository: Repository, sha: string): CommitStatus[] {
  const latest = new Map<string, CommitStatus>()
  for (const status of repository.statuses.get(sha) ?? []) latest.set(status.context, status)
  return [...latest.values()].sort((a, b) => b.id - a.id)
}

function outcomeOf(run: CheckRun): CheckOutcome {
  if (run.status !== 'completed') return 'pending'
  return run.conclusion === 'success' || run.conclusion === 'neutral' || run.conclusion === 'skipped'
    ? 'success'
    : 'failure'
}

/** All checks of a commit by name: a check run and a status of one name count as both. */
export function outcomesOf(repository: Repository, sha: string): { name: string; outcome: CheckOutcome }[] {
  return [
    ...latestRuns(repository, sha).map((run) => ({ name: run.name, outcome: outcomeOf(run) })),
    ...latestStatuses(repository, sha).map(({ context, state }) => ({ name: context, outcome: state })),
  ]
}

/** All of them in one word, as the rollup of a commit tells it; null: there are none. */
export function rollupOf(repository: Repository, sha: string): CheckOutcome | null {
  const outcomes = outcomesOf(repository, sha).map(({ outcome }) => outcome)
  if (outcomes.length === 0) return null
  return (['error', 'failure', 'pending'] as const).find((each) => outcomes.includes(each)) ?? 'success'
}
