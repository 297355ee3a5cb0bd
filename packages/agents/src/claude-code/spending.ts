import { type NanoUsd, parseUsd, type UsageReport } from '@optio/core'
import type { Redact } from '../adapter.ts'
import { type JsonObject, objectOf, tokensOf, wordsOf } from './json.ts'
import { estimateCost, type Tokens } from './prices.ts'
import type { CountedMessage, Spending } from './state.ts'

/** Messages of parallel subagents come interleaved; more than this many at a time are not to be expected. */
const MOST_MESSAGES = 16
const LONGEST_ID = 200

/** Characters a token has at least, on average: the output is estimated by its length, high rather than low. */
const CHARACTERS_A_TOKEN = 3

const NONE: Tokens = { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 }

/**
 * Counts a line of a message of the model. What it says of its output is what was there when it began (one token), so the
 * output is estimated by the length of what came.
 */
export function countMessage(
  spending: Spending,
  message: JsonObject,
  model: string | null,
  redact: Redact,
): Spending {
  const id = redact(wordsOf(message.id) ?? '').slice(0, LONGEST_ID)
  const usage = objectOf(message.usage)
  const before = spending.messages.find((counted) => counted.id === id) ?? NONE
  const said: Tokens = {
    input: tokensOf(usage?.input_tokens),
    cacheWrite: tokensOf(usage?.cache_creation_input_tokens),
    cacheRead: tokensOf(usage?.cache_read_input_tokens),
    output: tokensOf(usage?.output_tokens),
  }
  const length = JSON.stringify(message.content ?? '').length
  const counted: CountedMessage = {
    id,
    input: Math.max(before.input, said.input),
    cacheWrite: Math.max(before.cacheWrite, said.cacheWrite),
    cacheRead: Math.max(before.cacheRead, said.cacheRead),
    output: Math.max(
      said.output,
      before.output + Math.ceil(length / CHARACTERS_A_TOKEN) + Math.ceil(spending.thought),
    ),
  }
  const more: Tokens = {
    input: counted.input - before.input,
    cacheWrite: counted.cacheWrite - before.cacheWrite,
    cacheRead: counted.cacheRead - before.cacheRead,
    output: counted.output - before.output,
  }
  const others = spending.messages.filter((other) => other.id !== id)
  return {
    ...spending,
    open: {
      input: spending.open.input + more.input + more.cacheWrite + more.cacheRead,
      output: spending.open.output + more.output,
      cost: String(BigInt(spending.open.cost) + estimateCost(model, more)),
    },
    messages: [...others, counted].slice(-MOST_MESSAGES),
    thought: 0,
  }
}

/** Counts tokens of thinking that is not shown; they are part of the message that comes next. */
export function countThought(spending: Spending, tokens: unknown): Spending {
  return { ...spending, thought: Math.min(spending.thought + tokensOf(tokens), 1e12) }
}

/**
 * Takes over what the agent itself says in its result: cost and tokens of the whole process so far. A cost that cannot be
 * (none, or nothing for tokens that were used, or less than it said before) leaves it at the estimate.
 */
export function settle(spending: Spending, result: JsonObject): Spending {
  const { settled } = spending
  const counted = totalOf(spending)
  const said = saidCost(result.total_cost_usd)
  const tokens = saidTokens(result)
  const isForNothing = said === 0n && counted.inputTokens + counted.outputTokens > 0
  if (said === null || said < BigInt(settled.cost) || isForNothing) return { ...spending, thought: 0 }
  return {
    settled: {
      input: Math.max(settled.input, tokens?.input ?? counted.inputTokens),
      output: Math.max(settled.output, tokens?.output ?? counted.outputTokens),
      cost: String(said),
    },
    open: NOTHING,
    messages: spending.messages,
    thought: 0,
  }
}

const NOTHING = { input: 0, output: 0, cost: '0' } as const

/** All that was used so far, as the attempt's total. */
export function reportOf(
  spending: Spending,
  model: string | null,
): { usage: UsageReport; estimated: boolean } {
  const { inputTokens, outputTokens, cost } = totalOf(spending)
  return {
    usage: { inputTokens, outputTokens, costUsd: cost, model },
    estimated: spending.open.cost !== '0',
  }
}

function totalOf({ settled, open }: Spending): { inputTokens: number; outputTokens: number; cost: NanoUsd } {
  return {
    inputTokens: settled.input + open.input,
    outputTokens: settled.output + open.output,
    cost: BigInt(settled.cost) + BigInt(open.cost),
  }
}

/** To the nearest nano-dollar: the CLI adds up in binary fractions, and their noise is no money. */
function saidCost(value: unknown): NanoUsd | null {
  return typeof value === 'number' ? parseUsd(value.toFixed(9)) : null
}

/** The tokens of all models; `usage` beside it leaves out those of the last turn when a cap ended it. */
function saidTokens(result: JsonObject): { input: number; output: number } | null {
  const models = objectOf(result.modelUsage)
  if (models === null || Object.keys(models).length === 0) return null
  let input = 0
  let output = 0
  for (const value of Object.values(models)) {
    const used = objectOf(value)
    input +=
      tokensOf(used?.inputTokens) +
      tokensOf(used?.cacheReadInputTokens) +
      tokensOf(used?.cacheCreationInputTokens)
    output += tokensOf(used?.outputTokens)
  }
  return { input, output }
}
