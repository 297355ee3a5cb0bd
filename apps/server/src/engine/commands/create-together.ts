import { decide } from '@optio/core'
import { getTableColumns, inArray } from 'drizzle-orm'
import { createBatchedWork } from '../../database/batched.ts'
import type { Transaction } from '../../database/connection.ts'
import { insertRows } from '../../database/insert-rows.ts'
import { repositories, runs } from '../../database/schema/index.ts'
import { appendEvents, type NewEvent } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { NewRun } from '../engine.ts'
import { changeOf, stateEvent } from '../execute.ts'
import { indexWords } from '../index-words.ts'
import { CLAIM_NOTICE, RUN_NOTICE } from '../notices.ts'
import { newFacts, type RepositoryRow, type RunRow } from '../read-run.ts'
import { createdEvent, newRow } from './insert-run.ts'
import { lookAtNewRuns } from './look-at-new.ts'

/** Runs of one transaction at most: with more, those who ask for the first would wait for the last. */
const MOST_TOGETHER = 50

interface Wanted {
  readonly run: NewRun
  readonly actor: string
}

/**
 * Makes runs that many ask for at once in one transaction: of what a transaction costs, most is the same for one and for fifty.
 * Whatever stands in the way of one (or of the transaction) has each of them made by `alone`, which says why.
 */
export function createRunsTogether(
  context: EngineContext,
  alone: (run: NewRun, actor: string) => Promise<{ runId: string }>,
): (run: NewRun, actor: string) => Promise<{ runId: string }> {
  const make = createBatchedWork<Wanted, { runId: string }>(async (wanted) => {
    if (wanted.length > 1) {
      const ids = await insertTogether(context, wanted).catch((error: unknown) => {
        context.log.debug({ err: error, runs: wanted.length }, 'runs are made one by one')
        return null
      })
      if (ids !== null) return ids.map((runId) => ({ status: 'fulfilled', value: { runId } }))
    }
    return await Promise.allSettled(wanted.map(({ run, actor }) => alone(run, actor)))
  }, MOST_TOGETHER)
  return (run, actor) => (isPlain(run) ? make({ run, actor }) : alone(run, actor))
}

/** It has nothing to do with any other run. */
function isPlain({ kind, dependsOn, parent, origin, held, review, effects }: NewRun): boolean {
  const isRepoRun = kind === undefined || kind === 'repo'
  return isRepoRun && dependsOn.length === 0 && !parent && !origin && !held && !review && !effects
}

/** Answers the ids in their order; null when one of them is not simply to be queued. */
async function insertTogether(
  context: EngineContext,
  wanted: readonly Wanted[],
): Promise<readonly string[] | null> {
  return await context.database.transaction(async (tx) => {
    const known = await lockRepositories(tx, wanted)
    const rows: (typeof runs.$inferInsert)[] = []
    const events: NewEvent[] = []
    for (const { run, actor } of wanted) {
      const repository = known.get(run.repositoryId ?? '')
      if (repository?.workspaceId !== run.workspaceId || repository.disconnectedAt !== null) return null
      const row = newRow(run, repository, actor)
      const draft = draftOf(row)
      const { snapshot } = newFacts(draft, repository, context.config)
      const decision = decide({ ...snapshot, pullRequest: { kind: 'none' }, now: Date.now() })
      if (decision.action.type !== 'enqueue') return null
      const { change, to } = changeOf(draft, decision, decision.action)
      rows.push({ ...row, ...change, version: draft.version + 1 })
      events.push(createdEvent(row, actor), stateEvent(draft, to, decision, null, 'optio'))
    }
    const ids = rows.map(({ id }) => id)
    await insertRows(tx, runs, rows)
    await indexWords(tx, ids)
    await context.engineLog.create(tx, rows)
    await lookAtNewRuns(context, tx, ids)
    const notices = ids.map((runId) => ({ k: RUN_NOTICE, runId }))
    await context.notify.publish(tx, { k: CLAIM_NOTICE }, ...notices)
    // The last thing in the transaction that can wait.
    await appendEvents(tx, events)
    return ids
  })
}

/** Held against being disconnected meanwhile; by id. */
async function lockRepositories(
  tx: Transaction,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, RepositoryRow>> {
  const ids = [...new Set(wanted.flatMap(({ run }) => run.repositoryId ?? []))]
  const rows = await tx
    .select()
    .from(repositories)
    .where(inArray(repositories.id, ids))
    .orderBy(repositories.id)
    .for('share')
  return new Map(rows.map((row) => [row.id, row]))
}

/** The row as the database will have it: what is not given is its default, or null. */
function draftOf(row: ReturnType<typeof newRow>): RunRow {
  const now = new Date()
  const defaults = Object.entries(getTableColumns(runs)).map(([name, column]) => [
    name,
    typeof column.default === 'object' && column.dataType !== 'json' ? now : (column.default ?? null),
  ])
  return { ...Object.fromEntries(defaults), ...row } as RunRow
}
