import { isDeepStrictEqual } from 'node:util'
import { OptioError } from '@optio/contract'
import type { PullRequestObservation } from '@optio/core'
import { type Answered, NoAnswer, type NoAnswerReason } from '@optio/forges'
import { sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../database/connection.ts'
import { withOwnVerdicts, withRecordsOf } from '../own-verdicts.ts'
import { wakeRun } from '../wake-ups.ts'
import { nextLookAt, type Pace, pauseAfterSilence } from './pace.ts'
import { FINISHED } from './rows.ts'

/** A pull request that is looked at. */
export interface Looked {
  readonly runId: string
  readonly repositoryId: string
  readonly number: number
  /** What was observed last. */
  readonly previous: PullRequestObservation | null
  /** Looks in a row without an answer. */
  readonly failures: number
  /** Why there was none, as its run was told; null while it was not. */
  readonly saidToRun: string | null
  /** When it last became another one, in milliseconds since the epoch. */
  readonly changedAt: number
  /** Webhooks of its repository come. */
  readonly told: boolean
}

/** A forge that says “now” is asked again after this. */
const SOONEST_MS = 1_000

/** A time of the database: as exact as it has it, and in milliseconds since the epoch. */
export interface Moment {
  readonly text: string
  readonly ms: number
}

/**
 * Stores what came of a look that began at `at`. A run is only changed and
 * woken by what is new. Who knows of something later wins: an observation that began before the stored one is dropped, and one that was
 * asked for meanwhile stays due.
 */
export async function storeAnswers(
  database: Database,
  at: Moment,
  answers: readonly (readonly [Looked, Answered])[],
  pace: Pace,
): Promise<void> {
  const same: { looked: Looked; dueAt: number }[] = []
  for (const [looked, answer] of answers) {
    if ('error' in answer) {
      await database.transaction((tx) => storeSilence(tx, at, looked, answer.error))
    } else if (looked.failures === 0 && isSame(looked.previous, answer.observation)) {
      const quietMs = at.ms - looked.changedAt
      same.push({ looked, dueAt: nextLookAt(at.ms, { quietMs, told: looked.told }, pace) })
    } else {
      await database.transaction((tx) => storeNews(tx, at, looked, answer.observation, pace))
    }
  }
  if (same.length > 0) await database.transaction((tx) => storeSame(tx, at, same))
}

/** Whether the forge says what it said before. What Optio has on record of its own agents' reviews is no word of the forge. */
function isSame(before: PullRequestObservation | null, now: PullRequestObservation): boolean {
  if (before === null) return false
  const { observedAt: _before, ...old } = withOwnVerdicts(before, [])
  const { observedAt: _now, ...fresh } = withOwnVerdicts(now, [])
  // The database knows no undefined.
  return isDeepStrictEqual(old, JSON.parse(JSON.stringify(fresh)))
}

/** Only when it was looked at: a page says how old it is. */
async function storeSame(
  tx: Transaction,
  at: Moment,
  same: readonly { readonly looked: Looked; readonly dueAt: number }[],
): Promise<void> {
  const seen = sql`unnest(${sql.param(same.map(({ looked }) => looked.runId))}::uuid[],
    ${sql.param(same.map(({ looked }) => looked.number))}::int[],
    ${sql.param(same.map(({ dueAt }) => iso(dueAt)))}::timestamptz[]) as seen (run_id, number, due_at)`
  await tx.execute(sql`
    update runs r set observation = jsonb_set(observation, '{observedAt}', to_jsonb(${at.ms}::bigint))
    from ${seen} where r.id = seen.run_id and r.pr_number = seen.number
      and (observation ->> 'observedAt')::float8 < ${at.ms}::bigint`)
  await tx.execute(sql`
    update pull_request_watches w set observed_at = ${at.text}::timestamptz, failures = 0, silence = null,
      due_at = ${dueUnlessAsked(at, sql`seen.due_at`)}
    from ${seen} where w.run_id = seen.run_id and w.number = seen.number and ${isNewer(at)}`)
}

async function storeNews(
  tx: Transaction,
  at: Moment,
  looked: Looked,
  observation: PullRequestObservation,
  pace: Pace,
): Promise<void> {
  const isNews = !isSame(looked.previous, observation)
  const quietMs = isNews ? 0 : at.ms - looked.changedAt
  const dueAt = iso(nextLookAt(at.ms, { quietMs, told: looked.told }, pace))
  // The run first, as everybody does who changes both.
  await tx.execute(sql`select from runs where id = ${looked.runId} for update`)
  const { rowCount } = await tx.execute(sql`
    update pull_request_watches w set observed_at = ${at.text}::timestamptz, failures = 0, silence = null,
      changed_at = case when ${isNews} then greatest(changed_at, ${at.text}::timestamptz) else changed_at end,
      due_at = ${dueUnlessAsked(at, sql`${dueAt}::timestamptz`)}
    where run_id = ${looked.runId} and number = ${looked.number} and ${isNewer(at)}`)
  if (!rowCount) return
  await tx.execute(sql`
    update runs set observation = ${JSON.stringify(withRecordsOf(looked.previous, observation))}::jsonb, observation_error = null, observation_failures = 0,
      head_seen_at = case when head_seen_at is not null and observation ->> 'headSha' = ${observation.headSha}
        then head_seen_at else ${at.text}::timestamptz end,
      version = version + 1
    where id = ${looked.runId} and pr_number = ${looked.number} and state not in (${FINISHED})`)
  await wakeRun(tx, looked.runId)
}

/**
 * No answer is no news: what was observed stays, and the run is told once for each reason. Of a limit it is not told: it holds up the next
 * look, and what is known is as good as it was.
 */
async function storeSilence(tx: Transaction, at: Moment, looked: Looked, error: unknown): Promise<void> {
  const { why, message, retryAt } = silenceOf(error, at.ms, looked.failures)
  await tx.execute(sql`select from runs where id = ${looked.runId} for update`)
  const { rowCount } = await tx.execute(sql`
    update pull_request_watches w set failures = failures + 1, silence = ${why},
      due_at = ${dueUnlessAsked(at, sql`${iso(retryAt)}::timestamptz`)}
    where run_id = ${looked.runId} and number = ${looked.number} and ${isNewer(at)}`)
  if (!rowCount || why === 'limited' || message === looked.saidToRun) return
  await tx.execute(sql`
    update runs set observation_error = ${message}, version = version + 1
    where id = ${looked.runId} and pr_number = ${looked.number} and state not in (${FINISHED})`)
  await wakeRun(tx, looked.runId)
}

/** What a look without an answer says, and when to ask again. */
function silenceOf(
  error: unknown,
  at: number,
  failures: number,
): { readonly why: NoAnswerReason; readonly message: string; readonly retryAt: number } {
  const isTold = error instanceof NoAnswer
  const message =
    isTold || error instanceof OptioError ? error.message : `An unexpected error: ${String(error)}`
  const retryAt = (isTold ? error.retryAt : null) ?? at + pauseAfterSilence(failures)
  return { why: isTold ? error.reason : 'failing', message, retryAt: Math.max(retryAt, at + SOONEST_MS) }
}

const isNewer = (at: Moment) => sql`(w.observed_at is null or w.observed_at <= ${at.text}::timestamptz)`

const dueUnlessAsked = (at: Moment, dueAt: ReturnType<typeof sql>) =>
  sql`case when w.asked_at > ${at.text}::timestamptz then least(w.due_at, ${dueAt}) else ${dueAt} end`

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
