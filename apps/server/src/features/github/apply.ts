import { sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import type { RepositoryRow } from '../../engine/read-run.ts'
import { findWatchesDue } from '../../engine/watch/job.ts'
import { applyIssueEvent, type IssueEvent } from '../issues/apply-event.ts'
import { readAgain } from '../issues/sync/progress.ts'
import type { Digest } from './digest.ts'

export interface ApplyDeps {
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
 * What a delivery means for what is known of a repository: pull requests that are looked at again, a copy that is brought up to date. What
 * is true of them is always what GitHub says when it is asked; applied twice it comes to the same. Answers in words what it came to.
 *
 * Locks an issue before anything else of its repository, as whoever assigns it does.
 *
 * @param isNamed whether the delivery speaks of it by the name it has; by another one it tells that something is to be looked at, and not what.
 */
export async function applyDelivery(
  deps: ApplyDeps,
  tx: Transaction,
  repository: RepositoryRow,
  { event, receivedAt, digest }: Told,
  isNamed: boolean,
): Promise<string> {
  if (event === 'ping') return 'GitHub reaches Optio.'
  if (digest.issues !== null && !isNamed) {
    await readAgain(tx, { workspaceId: repository.workspaceId, repositoryId: repository.id })
    return 'It speaks of a repository of another name; the issues are read again.'
  }
  if (digest.issues !== null) {
    const name = event as IssueEvent['name']
    return await applyIssueEvent(tx, repository, {
      name,
      action: digest.action ?? '',
      payload: digest.issues,
    })
  }
  if (!isNamed || event === 'repository' || event === 'installation') {
    await lookAtAll(tx, repository.id, receivedAt)
    return 'Its pull requests are looked at again.'
  }
  const asked = await lookAgain(tx, repository.id, receivedAt, digest)
  const bases = event === 'push' ? await lookAtBase(tx, repository.id, digest.branches, deps.watchMs) : 0
  return wordsOf(asked, bases)
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

async function lookAtAll(tx: Transaction, repositoryId: string, receivedAt: Date): Promise<void> {
  const since = receivedAt.toISOString()
  await tx.execute(sql`
    update pull_request_watches set asked_at = greatest(asked_at, ${since}::timestamptz), due_at = least(due_at, now())
    where repository_id = ${repositoryId} and (observed_at is null or observed_at < ${since}::timestamptz)`)
  await findWatchesDue(tx)
}

function wordsOf(asked: number, bases: number): string {
  if (asked + bases === 0) return 'No task has a pull request there that is not looked at since.'
  const count = asked === 1 ? '1 pull request is' : `${asked} pull requests are`
  const merging = bases === 0 ? '' : ` Whether ${bases} still merge is looked at soon.`
  return asked === 0 ? merging.trim() : `${count} looked at again.${merging}`
}
