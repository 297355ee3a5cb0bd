import type { ParserState } from '@optio/agents'
import { OptioError } from '@optio/contract'
import { formatUsd, type NanoUsd, parseUsd } from '@optio/core'
import { type SQL, sql } from 'drizzle-orm'
import type { Queries } from '../../../database/connection.ts'
import type { LogEntry } from '../entry.ts'
import { entryColumns, unnestEntries } from '../insert.ts'
import type { OutputPosition } from './output-file.ts'
import type { Turn } from './turn.ts'

/** The attempt whose output is followed, and the generation it is followed with. */
export interface FollowedAttempt {
  readonly id: string
  readonly runId: string
  readonly workspaceId: string
  readonly number: number
  readonly generation: number
}

/** How far the outputs of an attempt are in the log: what another process needs to go on. */
export interface Progress {
  readonly stdout: OutputPosition
  readonly stderr: OutputPosition
  /** Null at the very beginning. */
  readonly parserState: ParserState | null
  readonly totals: AttemptTotals
}

export interface AttemptTotals {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: NanoUsd
}

/** Form of the column `parser_state`. */
interface StoredState {
  readonly parser: ParserState
  /** Outputs whose offset is in the middle of a line longer than the limit. */
  readonly midLine?: readonly ('stdout' | 'stderr')[]
}

/** Largest values of the columns: sums stop there rather than fail. */
const MOST_TOKENS = Number.MAX_SAFE_INTEGER
const MOST_USD = '99999999999'

type TotalsRow = { input_tokens: number; output_tokens: number; cost_usd: string }

/** Reads how far the log of the attempt is. Throws FENCED when it is not ours (any more). */
export async function readProgress(queries: Queries, attempt: FollowedAttempt): Promise<Progress> {
  const { rows } = await queries.execute<
    TotalsRow & { stdout_offset: number; stderr_offset: number; parser_state: StoredState | null }
  >(sql`
    select stdout_offset, stderr_offset, parser_state, input_tokens, output_tokens, cost_usd
    from attempts where ${isOurs(attempt)}`)
  const [row] = rows
  if (row === undefined) throw fenced(attempt)
  const midLine = row.parser_state?.midLine ?? []
  return {
    stdout: { offset: row.stdout_offset, midLine: midLine.includes('stdout') },
    stderr: { offset: row.stderr_offset, midLine: midLine.includes('stderr') },
    parserState: row.parser_state?.parser ?? null,
    totals: totalsOf(row),
  }
}

/**
 * Stores the entries of a turn together with the new progress, all or nothing, and numbers them. One statement: the fence
 * (the attempt is live, ours, and as far as we believe), the numbers, the rows. Null when the fence held it back: then
 * nothing was stored, and `readProgress` tells why.
 */
export async function storeTurn(
  queries: Queries,
  attempt: FollowedAttempt,
  before: Progress,
  turn: Turn,
  next: { readonly stdout: OutputPosition; readonly stderr: OutputPosition },
): Promise<{ progress: Progress; entries: LogEntry[] } | null> {
  const { entries } = turn
  const now = new Date()
  const counted = (column: string) => (turn.replacesUsage ? sql`0` : sql.identifier(column))
  const { rows } = await queries.execute<TotalsRow & { next_seq: number }>(sql`
    with fence as (
      update attempts set
        stdout_offset = ${next.stdout.offset}, stderr_offset = ${next.stderr.offset},
        parser_state = ${JSON.stringify(storedState(turn.parserState, next))}::jsonb,
        input_tokens = least(${counted('input_tokens')} + ${turn.inputTokens}::bigint, ${MOST_TOKENS}),
        output_tokens = least(${counted('output_tokens')} + ${turn.outputTokens}::bigint, ${MOST_TOKENS}),
        cost_usd = least(${counted('cost_usd')} + ${formatUsd(turn.cost)}::numeric, ${MOST_USD}::numeric),
        cost_estimated = ${turn.replacesUsage ? sql`false` : sql`cost_estimated`} or ${turn.costEstimated},
        session_id = coalesce(${turn.sessionId}, session_id),
        model_used = coalesce(${turn.modelUsed}, model_used),
        result_summary = coalesce(${turn.resultSummary}, result_summary),
        last_output_at = now()
      where ${isOurs(attempt)} and stdout_offset = ${before.stdout.offset} and stderr_offset = ${before.stderr.offset}
      returning run_id, workspace_id, input_tokens, output_tokens, cost_usd
    ), head as (
      insert into log_heads (run_id, workspace_id, next_seq)
      select run_id, workspace_id, 1 + ${entries.length} from fence
      on conflict (run_id) do update set next_seq = log_heads.next_seq + excluded.next_seq - 1
      returning run_id, next_seq
    ), stored as (
      insert into log_entries (run_id, seq, workspace_id, attempt, stream, log_type, content, metadata, timestamp)
      select head.run_id, head.next_seq - ${entries.length} + e.n - 1, ${attempt.workspaceId}::uuid, ${attempt.number}::int,
             e.stream, e.log_type, e.content, e.metadata, e.timestamp
      from head, ${unnestEntries(entryColumns(entries), now)}
    )
    select fence.input_tokens, fence.output_tokens, fence.cost_usd, head.next_seq from fence, head`)
  const [row] = rows
  if (row === undefined) return null
  const first = row.next_seq - entries.length
  return {
    progress: { ...next, parserState: turn.parserState, totals: totalsOf(row) },
    // Field by field: spreading each entry costs more than all the rest of storing it.
    entries: entries.map(({ stream, logType, content, metadata }, index) => ({
      seq: first + index,
      attempt: attempt.number,
      stream,
      logType,
      content,
      metadata,
      timestamp: now,
    })),
  }
}

function isOurs({ id, generation }: FollowedAttempt): SQL {
  return sql`id = ${id} and generation = ${generation} and state in ('starting', 'running')`
}

function storedState(
  parser: ParserState,
  { stdout, stderr }: { stdout: OutputPosition; stderr: OutputPosition },
): StoredState {
  const midLine = [
    stdout.midLine ? ['stdout' as const] : [],
    stderr.midLine ? ['stderr' as const] : [],
  ].flat()
  return midLine.length === 0 ? { parser } : { parser, midLine }
}

function totalsOf(row: TotalsRow): AttemptTotals {
  return {
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cost: parseUsd(row.cost_usd) ?? 0n,
  }
}

function fenced({ id, generation }: FollowedAttempt): OptioError {
  return new OptioError(
    'FENCED',
    `Attempt ${id} is no longer followed with generation ${generation}: it has ended, or another process took it over.`,
  )
}
