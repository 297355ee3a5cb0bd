import { sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import type { RepositoryRow } from '../../engine/read-run.ts'
import { findWatchesDue } from '../../engine/watch/job.ts'
import { applyIssueEvent, type IssueEvent } from '../issues/apply-event.ts'
import type { Digest } from './digest.ts'
import { followRepository } from './follow-repository.ts'

export interface ApplyDeps {
  /** Address of GitHub's pages. */
  readonly serverUrl: string
  /** A pull request is looked at again after at most this, when its base moved. */
  readonly watchMs: number
}

export interface Told {
  readonly event: string
  readonly receivedAt: Date
  readonly digest: Digest
}

/** One pull request is not looked at more often than this because of webhooks, in milliseconds: a push brings dozens of them. */
const SHORTEST_PAUSE_MS = 1_000

/**
 * What a delivery means for a repository: pull requests that are looked at again, a copy that is brought up to date. What is true of
 * them is always what GitHub says when it is asked. Answers in words what it came to.
 */
export async function applyDelivery(
  deps: ApplyDeps,
  tx: Transaction,
  repository: RepositoryRow,
  { event, receivedAt, digest }: Told,
): Promise<string> {
  await tx.execute(sql`
    update repositories set webhook_seen_at = now()
    where id = ${repository.id} and (webhook_seen_at is null or webhook_seen_at < now() - interval '1 minute')`)
  if (event === 'ping') return 'GitHub reaches Optio.'
  if (event === 'repository' || event === 'installation' || hasMoved(deps, repository, digest)) {
    await lookAtAll(tx, repository.id)
    const words = await followRepository(deps, tx, repository, digest)
    if (digest.issues === null) return words
  }
  if (digest.issues !== null) {
    const name = event as IssueEvent['name']
    return await applyIssueEvent(tx, repository, {
      name,
      action: digest.action ?? '',
      payload: digest.issues,
    })
  }
  const asked = await lookAgain(tx, repository.id, receivedAt, digest)
  const bases = event === 'push' ? await lookAtBase(tx, repository.id, digest.branches, deps.watchMs) : 0
  return wordsOf(asked, bases)
}

/** It was renamed, and the delivery that said so never came. */
function hasMoved(
  { serverUrl }: ApplyDeps,
  { repoUrl }: RepositoryRow,
  { repository, others }: Digest,
): boolean {
  if (repository === null || others.length > 0) return false
  return `${serverUrl}/${repository.fullName}`.toLowerCase() !== repoUrl.toLowerCase()
}

/** Those it is about are looked at now, and often for a while: what GitHub answers may lag behind what it sends. */
async function lookAgain(
  tx: Transaction,
  repositoryId: string,
  receivedAt: Date,
  { numbers, shas, branches }: Digest,
): Promise<number> {
  const since = receivedAt.toISOString()
  const { rowCount } = await tx.execute(sql`
    update pull_request_watches w set asked_at = greatest(asked_at, ${since}::timestamptz), changed_at = now(),
      due_at = least(due_at, greatest(now(), observed_at + make_interval(secs => ${SHORTEST_PAUSE_MS / 1000})))
    from runs r
    where r.id = w.run_id and w.repository_id = ${repositoryId}
      and (number = any(${sql.param([...numbers])}::int[]) or head_ref = any(${sql.param([...branches])}::text[])
        or r.observation ->> 'headSha' = any(${sql.param([...shas])}::text[])
        or r.published_sha = any(${sql.param([...shas])}::text[]))
      and (observed_at is null or observed_at < ${since}::timestamptz)`)
  if (rowCount) await findWatchesDue(tx)
  return rowCount ?? 0
}

/** Whether they still merge may be another answer now; with many of them and many pushes that is not worth a question each time. */
async function lookAtBase(
  tx: Transaction,
  repositoryId: string,
  branches: readonly string[],
  watchMs: number,
): Promise<number> {
  const { rowCount } = await tx.execute(sql`
    update pull_request_watches w
    set due_at = least(due_at, greatest(now(), observed_at + make_interval(secs => ${watchMs / 1000})))
    from runs r
    where r.id = w.run_id and w.repository_id = ${repositoryId}
      and r.observation ->> 'baseRef' = any(${sql.param([...branches])}::text[])`)
  if (rowCount) await findWatchesDue(tx)
  return rowCount ?? 0
}

async function lookAtAll(tx: Transaction, repositoryId: string): Promise<void> {
  await tx.execute(sql`
    update pull_request_watches set asked_at = now(), due_at = now() where repository_id = ${repositoryId}`)
  await findWatchesDue(tx)
}

function wordsOf(asked: number, bases: number): string {
  if (asked + bases === 0) return 'No task has a pull request there that is not looked at since.'
  const count = asked === 1 ? '1 pull request is' : `${asked} pull requests are`
  const merging = bases === 0 ? '' : ` Whether ${bases} still merge is looked at soon.`
  return asked === 0 ? merging.trim() : `${count} looked at again.${merging}`
}
