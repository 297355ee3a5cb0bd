import { formatUsd, type NanoUsd, parseUsd } from './money.ts'

/** One usage report of an agent; each adds to its attempt. */
export interface UsageReport {
  readonly inputTokens: number
  readonly outputTokens: number
  /** What the agent says it cost, null when it says nothing. */
  readonly costUsd: NanoUsd | null
  readonly model: string | null
}

/**
 * Price assumed where an agent reports tokens but no cost, in nano-dollars a token: deliberately that of an expensive
 * model, because unknown usage must count as the estimate and never as zero.
 */
const ESTIMATE = { inputToken: 15_000n, outputToken: 75_000n } as const

/** More tokens than any report can mean; larger figures count as this many. */
const MOST_TOKENS = 1e12

/** What a report adds to the attempt's cost; `estimated` when the agent named no amount. */
export function costOf(report: UsageReport): { cost: NanoUsd; estimated: boolean } {
  if (report.costUsd !== null) return { cost: report.costUsd, estimated: false }
  const cost =
    wholeTokens(report.inputTokens) * ESTIMATE.inputToken +
    wholeTokens(report.outputTokens) * ESTIMATE.outputToken
  return { cost, estimated: cost > 0n }
}

/** Never throws, whatever an agent reports: a part of a token counts as a whole one. */
function wholeTokens(count: number): bigint {
  return count > 0 ? BigInt(Math.ceil(Math.min(count, MOST_TOKENS))) : 0n
}

/** The cap as it is shown to people, without the zeros of its column; as it is when it cannot be read. */
export function capWords(capUsd: string | null): string {
  const cap = capUsd === null ? null : parseUsd(capUsd)
  return cap === null ? `$${capUsd ?? '?'}` : `$${formatUsd(cap)}`
}

/**
 * True when the cap is reached: the agent is stopped and no other is started. No cap, never reached; a cap that cannot be
 * read is reached, because a cap that stops nothing is none.
 */
export function isCapReached(spent: NanoUsd, capUsd: string | null): boolean {
  if (capUsd === null) return false
  const cap = parseUsd(capUsd)
  return cap === null || spent >= cap
}
