import { FINISHED_STATES } from '@optio/core'
import type { ForgeIssue } from '@optio/forges'
import { and, eq, getTableColumns, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../../../database/connection.ts'
import { issues } from '../../../database/schema/index.ts'
import type { RepositoryRow } from '../../../database/schema/repositories.ts'
import { appendEvents } from '../../events/append.ts'
import { fireTickets } from '../../triggers/tickets/fire-tickets.ts'
import { type IssueChange, type IssueRow, isSame, NO_WORK, rowOf, type Work } from './issue-row.ts'
import { addLabelJob } from './jobs.ts'

/** What came of issues that were read or told of. */
export interface Stored {
  /** How many are others now than they were. */
  readonly changed: number
  /** One that was told of and is as old as the copy: which of the two is the newer is for the forge to say. */
  readonly unsure: boolean
}

/**
 * Brings the copy up to what was read of the forge, or told by it in a delivery; an older version never replaces a newer one. What has
 * to be done about it (labels, tickets) is in the queue when this is committed. Whoever asked for it tells of it, with `tellOfChanges`.
 *
 * @param source `read`: as the forge answered just now; `told`: as it was when something happened, seconds or hours ago.
 */
export async function storeIssues(
  tx: Transaction,
  repository: RepositoryRow,
  given: readonly ForgeIssue[],
  source: 'read' | 'told',
): Promise<Stored> {
  const newest = newestOfEach(given)
  if (newest.length === 0) return { changed: 0, unsure: false }
  const numbers = newest.map(({ number }) => number)
  const known = await lockKnown(tx, repository.id, numbers)
  const work = await readWork(tx, repository.id, numbers)
  const changes: IssueChange[] = []
  let unsure = false
  for (const issue of newest) {
    const before = known.get(issue.number) ?? null
    const age = before === null ? 1 : issue.updatedAt - before.updatedAt.getTime()
    if (age < 0) continue
    const after = rowOf(repository, issue, before, work.get(issue.number) ?? NO_WORK)
    if (before !== null && isSame(before, after)) continue
    if (age === 0 && source === 'told') unsure = true
    else changes.push({ before, after })
  }
  await upsert(tx, changes)
  // One that was to be acted on before may wait for its time, which what others say in it does not bring nearer.
  for (const { before, after } of changes) {
    if (after.labelPending && !before?.labelPending) await addLabelJob(tx, after)
  }
  await fireTickets(tx, repository, changes)
  return { changed: changes.length, unsure }
}

/** Takes an issue that is no longer there out of the copy; answers how many were. */
export async function forgetIssue(
  tx: Transaction,
  repository: Pick<RepositoryRow, 'id'>,
  number: number,
): Promise<number> {
  const gone = await tx
    .delete(issues)
    .where(and(eq(issues.repositoryId, repository.id), eq(issues.number, number)))
    .returning({ number: issues.number })
  return gone.length
}

/** Tells pages that issues of a repository are others than they were; as `appendEvents`, the last thing of a transaction that can wait. */
export async function tellOfChanges(
  tx: Transaction,
  { id, workspaceId, fullName }: Pick<RepositoryRow, 'id' | 'workspaceId' | 'fullName'>,
  changed: number,
): Promise<void> {
  if (changed === 0) return
  const data = { repoId: id, repository: fullName, changed }
  await appendEvents(tx, [{ workspaceId, runId: null, type: 'issues:changed', actor: 'optio', data }])
}

function newestOfEach(given: readonly ForgeIssue[]): ForgeIssue[] {
  const newest = new Map<number, ForgeIssue>()
  for (const issue of given) {
    const other = newest.get(issue.number)
    if (other === undefined || other.updatedAt <= issue.updatedAt) newest.set(issue.number, issue)
  }
  return [...newest.values()].sort((one, other) => one.number - other.number)
}

async function lockKnown(
  tx: Transaction,
  repositoryId: string,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, IssueRow>> {
  const rows = await tx
    .select()
    .from(issues)
    .where(and(eq(issues.repositoryId, repositoryId), inArray(issues.number, [...numbers])))
    .orderBy(issues.number)
    .for('update')
  return new Map(rows.map((row) => [row.number, row]))
}

async function readWork(
  tx: Transaction,
  repositoryId: string,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, Work>> {
  const finished = sql.join(
    FINISHED_STATES.map((state) => sql`${state}`),
    sql`, `,
  )
  const { rows } = await tx.execute<{ number: number; unfinished: boolean; labels: boolean }>(sql`
    select r.issue_number as number, bool_or(r.state not in (${finished})) as unfinished,
      bool_or(exists (
        select from effects e where e.run_id = r.id and e.kind = 'label_issue' and e.state <> 'dead'
      )) as labels
    from runs r
    where r.repository_id = ${repositoryId} and r.issue_number is not null
      and r.issue_number = any(${sql.param([...numbers])}::int[])
    group by r.issue_number`)
  return new Map(rows.map(({ number, unfinished, labels }) => [number, { any: true, unfinished, labels }]))
}

async function upsert(tx: Transaction, changes: readonly IssueChange[]): Promise<void> {
  if (changes.length === 0) return
  const { repositoryId: _, number: __, isAssigned: ___, ...columns } = getTableColumns(issues)
  const set = Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, sql.raw(`excluded."${column.name}"`)]),
  )
  await tx
    .insert(issues)
    .values(changes.map(({ after }) => after))
    .onConflictDoUpdate({
      target: [issues.repositoryId, issues.number],
      set,
      // Somebody else may have added it since it was looked for.
      setWhere: sql`${issues.updatedAt} <= excluded.updated_at`,
    })
}

/** That they were in an answer, whether or not anything about them changed. */
export async function markSeen(
  tx: Transaction,
  repositoryId: string,
  read: readonly Pick<ForgeIssue, 'number'>[],
): Promise<void> {
  const numbers = read.map(({ number }) => number)
  if (numbers.length === 0) return
  await tx
    .update(issues)
    .set({ seenAt: sql`now()` })
    .where(and(eq(issues.repositoryId, repositoryId), inArray(issues.number, [...numbers])))
}
