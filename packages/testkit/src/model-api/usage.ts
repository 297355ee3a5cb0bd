import type { ModelUsage } from './script.ts'

/** No figure of it is zero, so that whoever forgets one of them finds the sum to be wrong. */
export const USUAL_USAGE: ModelUsage = { input: 100, output: 50, cacheRead: 2_000, cacheWrite: 300 }

/** What a million tokens cost, in USD. */
export interface ModelPrice {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

export function addUsage(a: ModelUsage, b: ModelUsage): ModelUsage {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
  }
}

export const NO_USAGE: ModelUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

/** USD; as exact as the sum of four products of a number is. */
export function costOf(usage: ModelUsage, price: ModelPrice): number {
  return (
    (usage.input * price.input +
      usage.output * price.output +
      usage.cacheRead * price.cacheRead +
      usage.cacheWrite * price.cacheWrite) /
    1_000_000
  )
}
