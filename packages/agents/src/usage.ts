import { type NanoUsd, parseUsd, type UsageReport } from '@optio/core'

/** A report beyond these is a mistake of the agent, not a bill: a billion tokens, a million dollars. */
const MOST_TOKENS = 1_000_000_000
const MOST_COST: NanoUsd = 1_000_000n * 1_000_000_000n

/**
 * Tokens assumed for a count that cannot be read and no cost stands in for: unknown usage must count as an estimate, and
 * never as zero. About one exchange with a model.
 */
const ASSUMED_TOKENS = { input: 10_000, output: 1_000 } as const

const LONGEST_MODEL_NAME = 200

/**
 * Reads an agent's usage report `{ inputTokens, outputTokens, costUsd, model }`, each of which may be missing; the cost may
 * be a number or a decimal string. What cannot be read is replaced by an estimate, and `complaint` says so (null when
 * all is well). Tokens come back as non-negative integers and the cost as non-negative or null, whatever comes in.
 */
export function readUsage(message: Readonly<Record<string, unknown>>): {
  usage: UsageReport
  complaint: string | null
} {
  const cost = readCost(message.costUsd)
  const input = readTokens(message.inputTokens)
  const output = readTokens(message.outputTokens)
  const unreadable = Object.entries({ costUsd: cost, inputTokens: input, outputTokens: output })
    .filter(([, value]) => value === 'bad')
    .map(([name]) => name)
  const usage = {
    inputTokens: typeof input === 'number' ? input : 0,
    outputTokens: typeof output === 'number' ? output : 0,
    costUsd: typeof cost === 'bigint' ? cost : null,
    model: readModel(message.model),
  }
  const saysNothing = cost === 'none' && input === 'none' && output === 'none'
  if (usage.costUsd === null) {
    // Without a cost, what is missing would hide it: the tokens are what the estimate is made of.
    const allUnknown = (saysNothing || cost === 'bad') && usage.inputTokens + usage.outputTokens === 0
    if (allUnknown || input === 'bad') usage.inputTokens = ASSUMED_TOKENS.input
    if (allUnknown || output === 'bad') usage.outputTokens = ASSUMED_TOKENS.output
  }
  return { usage, complaint: complaintAbout(saysNothing ? ['no tokens and no cost'] : unreadable) }
}

function complaintAbout(wrong: readonly string[]): string | null {
  if (wrong.length === 0) return null
  return `The agent reported usage that cannot be right (${wrong.join(', ')}). What it leaves open is counted as an estimate.`
}

function readTokens(value: unknown): number | 'none' | 'bad' {
  if (value === undefined || value === null) return 'none'
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !(number >= 0 && number <= MOST_TOKENS)) return 'bad'
  return Math.abs(Math.ceil(number))
}

function readCost(value: unknown): NanoUsd | 'none' | 'bad' {
  if (value === undefined || value === null) return 'none'
  if (typeof value !== 'string' && typeof value !== 'number') return 'bad'
  const cost = parseUsd(value)
  return cost === null || cost > MOST_COST ? 'bad' : cost
}

function readModel(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST_MODEL_NAME) : null
}
