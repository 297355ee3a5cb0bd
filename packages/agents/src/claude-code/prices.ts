import type { NanoUsd } from '@optio/core'

/** Tokens by what they are billed as. */
export interface Tokens {
  /** Neither read from the cache nor written to it. */
  readonly input: number
  readonly cacheWrite: number
  readonly cacheRead: number
  readonly output: number
}

/** Nano-dollars a token; a price of $5 for a million tokens is 5,000. */
interface Price {
  readonly input: bigint
  readonly output: bigint
}

/**
 * Prices by which spending is estimated until the agent names it. They need not be exact, because the agent's own figure
 * takes their place; they must not be low, because the budget is kept by them meanwhile. First match wins; a model that is
 * not listed costs what the dearest does.
 */
const PRICES: readonly (readonly [RegExp, Price])[] = [
  [/haiku/, { input: 1_000n, output: 5_000n }],
  [/sonnet.*\[1m\]/, { input: 6_000n, output: 22_500n }],
  [/sonnet/, { input: 3_000n, output: 15_000n }],
  [/opus-(?:4-[5-9]|4-\d\d|[5-9])(?!\d)/, { input: 5_000n, output: 25_000n }],
]
const DEAREST: Price = { input: 15_000n, output: 75_000n }

/** What these tokens are estimated to cost. Writing to the cache costs up to twice the input, reading from it a tenth. */
export function estimateCost(model: string | null, tokens: Tokens): NanoUsd {
  const price = PRICES.find(([names]) => names.test(model ?? ''))?.[1] ?? DEAREST
  return (
    BigInt(tokens.input) * price.input +
    BigInt(tokens.cacheWrite) * price.input * 2n +
    (BigInt(tokens.cacheRead) * price.input) / 10n +
    BigInt(tokens.output) * price.output
  )
}
