import { OptioError } from '@optio/contract'
import { NoAnswer } from '@optio/forges'
import { and, eq, sql } from 'drizzle-orm'
import type { Database, Queries, Transaction } from '../../../database/connection.ts'
import { issueSyncs, issues, repositories } from '../../../database/schema/index.ts'
import type { RepositoryRow } from '../../../database/schema/repositories.ts'
import { addSyncJob, askAgainAtOnce } from './jobs.ts'
import { tellOfChanges } from './store.ts'

export type SyncRow = typeof issueSyncs.$inferSelect

/** A reading that is under way: until then nobody need look whether it goes on. */
const LEASE_MS = 2 * 60_000
/** All that are open are read from the beginning this often: of one that was deleted or moved away nobody tells. */
const FULL_EVERY = sql`interval '24 hours'`
/** Deliveries that came within this mean that they go on coming. */
const HOOKS_ALIVE_MS = 24 * 3_600_000
/** While deliveries come, reading is for what they missed, and so much rarer. */
const RARER_WITH_HOOKS = 5
const FIRST_PAUSE_MS = 30_000
const LONGEST_PAUSE_MS = 30 * 60_000

/** What a reading goes by; `lease` marks it as under way. */
export interface Begun {
  readonly sync: SyncRow
  readonly repository: RepositoryRow
  readonly lease: Date
}

/**
 * Takes the reading of a repository's issues; null when there is nothing to do, because it is not due (and then it is in the queue for
 * when it is) or not connected any more.
 */
export async function beginReading(database: Database, repositoryId: string): Promise<Begun | null> {
  return await database.transaction(async (tx) => {
    const [found] = await tx
      .select({
        sync: issueSyncs,
        repository: repositories,
        isDue: sql<boolean>`${issueSyncs.dueAt} <= now()`,
        isFullDue: sql<boolean>`${issueSyncs.fullAt} < now() - ${FULL_EVERY}`,
      })
      .from(issueSyncs)
      .innerJoin(repositories, eq(repositories.id, issueSyncs.repositoryId))
      .where(eq(issueSyncs.repositoryId, repositoryId))
      .for('update', { of: issueSyncs })
    if (found === undefined) return null
    const { sync, repository, isDue, isFullDue } = found
    if (repository.disconnectedAt !== null) {
      await dropIssues(tx, repositoryId)
      return null
    }
    if (!isDue) {
      await addSyncJob(tx, repositoryId, sync.dueAt)
      return null
    }
    const lease = newLease()
    const full = isFullDue && sync.fullSince === null ? { ...FROM_THE_BEGINNING, fullAt: null } : {}
    const [taken] = await tx
      .update(issueSyncs)
      .set({ ...full, dueAt: lease })
      .where(eq(issueSyncs.repositoryId, repositoryId))
      .returning()
    return taken === undefined ? null : { sync: taken, repository, lease }
  })
}

/** What makes the next reading begin with all that are open. One that is doing that already goes on, or it would never come to an end. */
const FROM_THE_BEGINNING = {
  fullSince: sql`coalesce(${issueSyncs.fullSince}, now())`,
  since: sql`case when ${issueSyncs.fullSince} is not null then ${issueSyncs.since} end`,
  etag: sql`case when ${issueSyncs.fullSince} is not null then ${issueSyncs.etag} end`,
} as const

/** Of a reading from the beginning that another has to follow; it is long ago, so that one is due. */
const OUTDATED = sql`'epoch'::timestamptz`

/** What is put down when one has come to its end, that began at `since`. */
export function fullEnded(since: Date) {
  return sql`case when ${issueSyncs.fullAt} = ${OUTDATED} then ${OUTDATED} else ${since.toISOString()}::timestamptz end`
}

/** To the millisecond, so that it can be found again. */
export function newLease(): Date {
  return new Date(Date.now() + LEASE_MS)
}

/** When it is due: as given, unless somebody asked for another reading since `lease` was put down. */
export function dueUnlessAsked(lease: Date, at: Date) {
  return sql`case when ${issueSyncs.dueAt} = ${lease.toISOString()}::timestamptz
    then ${at.toISOString()}::timestamptz else ${issueSyncs.dueAt} end`
}

/** When issues are read next after all went well. */
export function nextReading({ webhookSeenAt }: RepositoryRow, intervalMs: number): Date {
  const now = Date.now()
  const hasHooks = webhookSeenAt !== null && now - webhookSeenAt.getTime() < HOOKS_ALIVE_MS
  return new Date(now + intervalMs * (hasHooks ? RARER_WITH_HOOKS : 1))
}

/** Puts down why there was no answer, and when it is asked again. What was read before stays. */
export async function failReading(
  database: Database,
  { sync, repository, lease }: Begun,
  thrown: unknown,
): Promise<void> {
  const retryAt = new Date(Math.max(Date.now() + 1_000, retryTime(thrown, sync.failures)))
  const error = { ...wordsOf(thrown), retryAt: retryAt.toISOString() }
  await database.transaction(async (tx) => {
    const [row] = await tx
      .update(issueSyncs)
      .set({
        dueAt: dueUnlessAsked(lease, retryAt),
        failures: sql`${issueSyncs.failures} + 1`,
        error,
        updatedAt: sql`now()`,
      })
      .where(eq(issueSyncs.repositoryId, sync.repositoryId))
      .returning({ dueAt: issueSyncs.dueAt })
    if (row === undefined) return
    await addSyncJob(tx, sync.repositoryId, row.dueAt)
    if (sync.error?.message !== error.message) await tellOfChanges(tx, repository, 1)
  })
}

function retryTime(thrown: unknown, failures: number): number {
  const told = thrown instanceof NoAnswer ? thrown.retryAt : null
  return told ?? Date.now() + Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS)
}

const CODES = {
  credential: 'FORGE_CREDENTIAL',
  replaced: 'REPO_REPLACED',
  limited: 'RATE_LIMITED',
  unreachable: 'UNAVAILABLE',
  failing: 'UNAVAILABLE',
} as const

function wordsOf(thrown: unknown): { code: string; message: string } {
  if (thrown instanceof NoAnswer) return { code: CODES[thrown.reason], message: thrown.message }
  if (thrown instanceof OptioError) return { code: thrown.code, message: thrown.message }
  return { code: 'INTERNAL', message: 'Something failed inside Optio. Its log says what.' }
}

/** Has the issues of a connected repository kept, from the beginning; nothing where they are already. */
export async function keepIssues(
  db: Queries,
  repository: Pick<RepositoryRow, 'id' | 'workspaceId'>,
): Promise<void> {
  const { id: repositoryId, workspaceId } = repository
  const [made] = await db
    .insert(issueSyncs)
    .values({ repositoryId, workspaceId })
    .onConflictDoNothing({ target: issueSyncs.repositoryId })
    .returning({ id: issueSyncs.repositoryId })
  if (made !== undefined) await addSyncJob(db, repositoryId)
}

/** A reading that was asked for. */
export interface AskedReading {
  readonly id: string
  /** When the one from the beginning began that is under way or comes next; null when none is. */
  readonly fullSince: Date | null
}

/**
 * Has issues read again at once: of one repository, or of all of a workspace. `full`: from the beginning, or what is under way of that
 * to its end; `anew`: and then from the beginning again, once, as what was read by now is out of date.
 */
export async function readAgain(
  tx: Transaction,
  of: { readonly workspaceId: string; readonly repositoryId?: string | undefined },
  { full = false }: { readonly full?: boolean | 'anew' } = {},
): Promise<AskedReading[]> {
  const fullAt = sql`case when ${issueSyncs.fullSince} is null then ${issueSyncs.fullAt} else ${OUTDATED} end`
  const rows = await tx
    .update(issueSyncs)
    .set({
      dueAt: sql`now()`,
      ...(full === false ? {} : FROM_THE_BEGINNING),
      ...(full === 'anew' ? { fullAt } : {}),
    })
    .where(
      and(
        eq(issueSyncs.workspaceId, of.workspaceId),
        of.repositoryId === undefined ? undefined : eq(issueSyncs.repositoryId, of.repositoryId),
      ),
    )
    .returning({ id: issueSyncs.repositoryId, fullSince: issueSyncs.fullSince })
  for (const { id } of rows) await addSyncJob(tx, id)
  return rows
}

/** Whatever waits because GitHub did not take the credential, or gave no answer, is tried at once: a credential was saved. */
export async function readFailedAgain(tx: Transaction): Promise<void> {
  const rows = await tx
    .update(issueSyncs)
    .set({ dueAt: sql`now()` })
    .where(sql`${issueSyncs.failures} > 0 and ${issueSyncs.dueAt} > now()`)
    .returning({ id: issueSyncs.repositoryId })
  for (const { id } of rows) await addSyncJob(tx, id)
  await askAgainAtOnce(tx)
}

/** The repository is disconnected: its copy is nobody's business any more. */
export async function dropIssues(tx: Transaction, repositoryId: string): Promise<void> {
  await tx.delete(issues).where(eq(issues.repositoryId, repositoryId))
  await tx.delete(issueSyncs).where(eq(issueSyncs.repositoryId, repositoryId))
}

/** Makes up for what is missing: rows of connected repositories, and jobs of what is due. Drops what is no longer needed. */
export async function healReadings(database: Database, platforms: readonly string[]): Promise<void> {
  const { orm } = database
  const kept = sql`r.disconnected_at is null and r.git_platform = any(${sql.param([...platforms])}::text[])`
  const { rows } = await orm.execute<{ id: string; workspaceId: string }>(sql`
    select r.id, r.workspace_id as "workspaceId" from repositories r
    where ${kept} and not exists (select from issue_syncs s where s.repository_id = r.id)`)
  for (const row of rows) await keepIssues(orm, row)
  await database.transaction(async (tx) => {
    const { rows: gone } = await tx.execute<{ id: string }>(sql`
      select s.repository_id as id from issue_syncs s join repositories r on r.id = s.repository_id
      where r.disconnected_at is not null for update of s skip locked`)
    for (const { id } of gone) await dropIssues(tx, id)
  })
  const { rows: overdue } = await orm.execute<{ id: string }>(sql`
    select repository_id as id from issue_syncs where due_at < now() - interval '30 seconds' order by due_at limit 500`)
  for (const { id } of overdue) await addSyncJob(orm, id)
}
