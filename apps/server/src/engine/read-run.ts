import type {
  AttemptFacts,
  EffectFacts,
  ReviewFacts,
  RunState,
  Snapshot,
  SubtaskFacts,
  ToldThread,
} from '@optio/core'
import { isLive, isMachineFault, parseUsd, toldOf } from '@optio/core'
import { and, asc, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../database/connection.ts'
import {
  attempts,
  blueprints,
  checkRuns,
  effects,
  repositories,
  runDependencies,
  runs,
} from '../database/schema/index.ts'
import type { RepositoryRow } from '../database/schema/repositories.ts'
import type { EngineConfig } from './context.ts'
import { diskProblem } from './disk-room.ts'
import type { OwnReview } from './own-verdicts.ts'
import { readPaused } from './paused.ts'
import { policyOf } from './run-policy.ts'

export type RunRow = typeof runs.$inferSelect
export type AttemptRow = typeof attempts.$inferSelect
export type { RepositoryRow }

/** What is stored about a run: everything of a snapshot but what its forge says. */
export interface StoredFacts {
  readonly run: RunRow
  readonly repository: RepositoryRow | null
  readonly snapshot: Omit<Snapshot, 'pullRequest' | 'now'>
  /** What agents said of its pull request. */
  readonly ownReviews: readonly OwnReview[]
}

/** Reads a run as the engine sees it; null when there is none. One that `isNew` was made in this transaction: it has no past. */
export async function readStoredFacts(
  tx: Transaction,
  runId: string,
  config: EngineConfig,
  options: { readonly capacity: boolean; readonly isNew?: boolean } = { capacity: true },
): Promise<StoredFacts | null> {
  const { isNew = false } = options
  const [found] = await tx
    .select({ run: runs, repository: repositories })
    .from(runs)
    .leftJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(eq(runs.id, runId))
  if (!found) return null
  const { run, repository } = found
  const history = isNew ? [] : await readHistory(tx, runId)
  const dependencies = await tx
    .select({
      runId: runDependencies.dependsOnId,
      title: sql<string>`coalesce(${runs.title}, ${runDependencies.deletedTitle}, '')`,
      // One that was deleted counts as cancelled.
      state: sql<RunState>`coalesce(${runs.state}, 'cancelled')`,
    })
    .from(runDependencies)
    .leftJoin(runs, eq(runs.id, runDependencies.dependsOnId))
    .where(eq(runDependencies.runId, runId))
  const parts = isNew ? NO_PARTS : await readParts(tx, run)
  const checks = isNew ? [] : await readLiveChecks(tx, runId)
  const effects = isNew ? [] : await readEffects(tx, runId)
  const capacity = await readCapacity(
    tx,
    { run, repository, liveChecks: checks.length },
    config,
    options.capacity,
  )
  return factsOf(run, repository, { history, dependencies, parts, checks, effects, capacity }, config)
}

/** What is known of a run that is about to be made, waits for no other, and has a repository. */
export function newFacts(run: RunRow, repository: RepositoryRow, config: EngineConfig): StoredFacts {
  const limits = { globalLimit: config.maxConcurrent, groupLimit: repository.maxConcurrentTasks }
  const nothing = {
    history: [],
    dependencies: [],
    parts: NO_PARTS,
    checks: [],
    effects: [],
  }
  const capacity = { ...limits, globalUsed: 0, groupUsed: 0, ahead: 0 }
  return factsOf(run, repository, { ...nothing, capacity }, config)
}

/** What there is to a run besides its row. */
interface Surroundings {
  readonly history: readonly AttemptRow[]
  readonly dependencies: Snapshot['dependencies']
  readonly parts: Parts
  readonly checks: readonly { readonly stopRequested: boolean }[]
  readonly effects: Snapshot['effects']
  readonly capacity: Snapshot['capacity']
}

function factsOf(
  run: RunRow,
  repository: RepositoryRow | null,
  { history, dependencies, parts, checks, effects, capacity }: Surroundings,
  config: EngineConfig,
): StoredFacts {
  const { subtasks, reviews, ownReviews } = parts
  const [last] = history
  const spent = history.reduce((sum, { costUsd }) => sum + (parseUsd(costUsd) ?? 0n), 0n)
  return {
    run,
    repository,
    ownReviews,
    snapshot: {
      run: {
        id: run.id,
        kind: run.kind,
        taskType: run.taskType,
        held: run.held,
        review:
          run.reviewHeadSha === null || run.reviewBaseSha === null
            ? null
            : { headSha: run.reviewHeadSha, baseSha: run.reviewBaseSha },
        state: run.state,
        branch: run.branch,
        retryCount: run.retryCount,
        maxRetries: run.maxRetries,
        autoResumeCount: run.autoResumeCount,
        budgetUsd: run.budgetUsd,
        intent: run.intent,
        notBefore: run.notBefore?.getTime() ?? null,
        attention: run.attentionCode,
        attentionMessage: run.attentionCode === null ? null : run.errorMessage,
        publishedSha: run.publishedSha,
        prNumber: run.prNumber,
        issueNumber: run.issueNumber,
        changedAt: run.updatedAt.getTime(),
        reviewsToldUntil: newestReviewTold(history),
        threadsTold: threadsTold(history),
      },
      policy: {
        ...policyOf(repository, config),
        ...(run.environmentSpec?.stallThresholdMs === undefined
          ? {}
          : { stallThresholdMs: run.environmentSpec.stallThresholdMs }),
      },
      attempt: last ? attemptFacts(last) : null,
      lostInARow: countMachineFaults(history),
      sameFailureInARow: countSameFailures(history),
      spent,
      effects,
      dependencies,
      subtasks,
      reviews,
      liveChecks: {
        count: checks.length,
        stopRequested: checks.length > 0 && checks.every((c) => c.stopRequested),
      },
      capacity,
    },
  }
}

/** All attempts, the last one first. */
async function readHistory(tx: Transaction, runId: string): Promise<AttemptRow[]> {
  return await tx.select().from(attempts).where(eq(attempts.runId, runId)).orderBy(desc(attempts.number))
}

async function readLiveChecks(tx: Transaction, runId: string): Promise<{ stopRequested: boolean }[]> {
  return await tx
    .select({ stopRequested: checkRuns.stopRequested })
    .from(checkRuns)
    .where(and(eq(checkRuns.runId, runId), inArray(checkRuns.status, ['queued', 'running'])))
}

/**
 * Attempts in a row, the last one first, that faults of the machine ended. The count begins anew with an attempt that was
 * made for another reason than such a fault: a person who resumes a run has mended something.
 */
function countMachineFaults(history: readonly AttemptRow[]): number {
  let count = 0
  for (const attempt of history) {
    if (!isMachineFault(attempt)) return count
    count += 1
    if (attempt.reason !== 'restart') return count
  }
  return count
}

/**
 * Attempts in a row, the last one first, that failed for the reason the last one did; again not beyond a person's resume. Those that had
 * no answer of their forge are made again for the same reason, so that cannot be told of them.
 */
function countSameFailures(history: readonly AttemptRow[]): number {
  const kind = history[0]?.failure?.kind
  if (kind === undefined) return 0
  let count = 0
  for (const attempt of history) {
    if (attempt.failure?.kind !== kind) return count
    count += 1
    if (attempt.reason !== 'restart' && kind !== 'forge') return count
  }
  return count
}

/** When the newest review was submitted that any attempt was told of; null when none was told of any. */
function newestReviewTold(history: readonly AttemptRow[]): number | null {
  const told = history.flatMap(({ context }) => (context.reviews ?? []).map(({ submittedAt }) => submittedAt))
  return told.length === 0 ? null : Math.max(...told)
}

export async function readThreadsTold(tx: Queries, runId: string): Promise<readonly ToldThread[]> {
  return threadsTold(
    await tx.select({ context: attempts.context }).from(attempts).where(eq(attempts.runId, runId)),
  )
}

/** Of each thread the newest remark that any attempt was told of. */
function threadsTold(history: readonly Pick<AttemptRow, 'context'>[]): readonly ToldThread[] {
  const until = new Map<string, number>()
  for (const told of history.flatMap(({ context }) => toldOf(context.threads ?? []))) {
    until.set(told.id, Math.max(told.until, until.get(told.id) ?? 0))
  }
  return [...until].map(([id, time]) => ({ id, until: time }))
}

function attemptFacts(row: AttemptRow): AttemptFacts {
  return {
    number: row.number,
    reason: row.reason,
    purpose: row.purpose,
    state: row.state,
    exitCode: row.exitCode,
    stopReason: row.stopReason,
    stopRequested: isLive(row.state) ? row.stopRequested : null,
    errorMessage: row.errorMessage,
    result: row.resultSummary,
    failure: row.failure,
    environmentFault: row.environmentFault,
    startedAt: row.startedAt?.getTime() ?? null,
    endedAt: row.endedAt?.getTime() ?? null,
    deadlineAt: row.deadlineAt?.getTime() ?? null,
    lastOutputAt: row.lastOutputAt?.getTime() ?? null,
    pullRequestHead: row.pullRequestHead,
    outcome: row.outcome,
  }
}

async function readEffects(tx: Transaction, runId: string): Promise<EffectFacts[]> {
  const rows = await tx
    .select({
      kind: effects.kind,
      key: effects.key,
      state: effects.state,
      lastError: effects.lastError,
      silence: effects.silence,
      refusal: effects.refusal,
      doneAt: effects.doneAt,
    })
    .from(effects)
    .where(eq(effects.runId, runId))
    .orderBy(asc(effects.createdAt), asc(effects.id))
  return rows.map((row) => ({ ...row, doneAt: row.doneAt?.getTime() ?? null }))
}

/** Those ahead in the queue are counted up to this many: beyond it the number says nothing more. */
const MOST_AHEAD = 1000

/** Only what waits for a slot needs to know how full it is; for the others it would be queries for nothing. */
async function readCapacity(
  tx: Transaction,
  about: { run: RunRow; repository: RepositoryRow | null; liveChecks: number },
  config: EngineConfig,
  wanted: boolean,
): Promise<Snapshot['capacity']> {
  const { run, repository, liveChecks } = about
  const globalLimit = config.maxConcurrent
  const groupLimit =
    repository?.maxConcurrentTasks ?? (wanted ? await readDefinitionLimit(tx, run) : null) ?? globalLimit
  const paused = wanted && (run.state === 'queued' || liveChecks > 0) ? await readPaused(tx) : undefined
  const always = { globalLimit, groupLimit, ...(paused && { paused }) }
  if (run.state !== 'queued' || !wanted) return { ...always, globalUsed: 0, groupUsed: 0, ahead: 0 }
  const blocked = await diskProblem(config)
  const used = await readUsedSlots(tx)
  const before = tx
    .select({ id: runs.id })
    .from(runs)
    .where(
      and(
        eq(runs.state, 'queued'),
        lt(
          sql`(${runs.priority}, ${runs.queuedAt}, ${runs.id})`,
          sql`(${run.priority}, ${run.queuedAt?.toISOString() ?? null}::timestamptz, ${run.id}::uuid)`,
        ),
      ),
    )
    .limit(MOST_AHEAD)
    .as('before')
  const ahead = await tx.$count(before)
  return {
    ...always,
    globalUsed: used.global,
    groupUsed: used.byGroup.get(run.groupId ?? '') ?? 0,
    ahead,
    ...(blocked === null ? {} : { blocked }),
  }
}

async function readDefinitionLimit(tx: Transaction, { blueprintId }: RunRow): Promise<number | null> {
  if (blueprintId === null) return null
  const [blueprint] = await tx
    .select({ limit: blueprints.maxConcurrent })
    .from(blueprints)
    .where(eq(blueprints.id, blueprintId))
  return blueprint?.limit ?? null
}

interface Parts {
  readonly subtasks: readonly SubtaskFacts[]
  readonly reviews: readonly ReviewFacts[]
  readonly ownReviews: readonly OwnReview[]
}

const NO_PARTS: Parts = { subtasks: [], reviews: [], ownReviews: [] }

/** Runs that are part of this one; of its reviews those of the pull request it has now: of another they say nothing. */
export async function readParts(
  tx: Queries,
  { id, prNumber }: Pick<RunRow, 'id' | 'prNumber'>,
): Promise<Parts> {
  const rows = await tx
    .select({
      runId: runs.id,
      kind: runs.kind,
      title: runs.title,
      taskType: runs.taskType,
      state: runs.state,
      blocksParent: runs.blocksParent,
      prNumber: runs.prNumber,
      headSha: runs.reviewHeadSha,
      verdict: runs.verdict,
      completedAt: runs.completedAt,
    })
    .from(runs)
    .where(eq(runs.parentRunId, id))
    .orderBy(asc(runs.createdAt), asc(runs.id))
  const ofThisOne = rows.filter((row) => row.kind === 'review' && row.prNumber === prNumber)
  return {
    subtasks: rows.flatMap(({ kind, runId, title, taskType, state, blocksParent }) =>
      kind === 'review' ? [] : [{ runId, title, taskType, state, blocksParent }],
    ),
    reviews: ofThisOne.map(({ runId, headSha, state, verdict }) => ({
      runId,
      headSha: headSha ?? '',
      state,
      verdict: verdict?.verdict ?? null,
    })),
    // Only once its run is over does the time stay as it is.
    ownReviews: ofThisOne.flatMap(({ runId, headSha, state, verdict, completedAt }) =>
      state === 'completed' && verdict !== null && completedAt !== null
        ? [{ runId, headSha: headSha ?? '', verdict, submittedAt: completedAt.getTime() }]
        : [],
    ),
  }
}

/** Slots in use: live attempts and running checks; by the group whose limit they count against. */
export async function readUsedSlots(
  tx: Pick<Transaction, 'execute'>,
): Promise<{ global: number; byGroup: Map<string, number> }> {
  const { rows } = await tx.execute<{ group_id: string | null; used: number }>(sql`
    select group_id, count(*)::int as used from (
      select r.group_id from attempts a join runs r on r.id = a.run_id where a.state in ('starting', 'running')
      union all
      select c.repository_id from check_runs c where c.status = 'running'
    ) slots group by group_id`)
  return {
    global: rows.reduce((sum, { used }) => sum + used, 0),
    byGroup: new Map(rows.map(({ group_id, used }) => [group_id ?? '', used])),
  }
}
