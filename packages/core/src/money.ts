/**
 * Money is counted in nano-dollars (1e-9 USD) as bigint, so that sums over any number of usage reports are exact; it is
 * written as a decimal string everywhere outside. Floats never hold money.
 */
export type NanoUsd = bigint

const DECIMAL = /^(\d{1,12})(?:\.(\d+))?$/

/**
 * Reads a non-negative amount such as `"1.85"`, `1.85` or `1.5e-7`. Digits beyond the ninth decimal are rounded up: a cost
 * is never understated. Answers null for anything that is no amount (negative, NaN, words).
 */
export function parseUsd(value: string | number): NanoUsd | null {
  const text = typeof value === 'number' ? plainDecimal(value) : value.trim()
  const match = text === null ? null : DECIMAL.exec(text)
  if (!match) return null
  const [, whole = '0', fraction = ''] = match
  const kept = fraction.slice(0, 9).padEnd(9, '0')
  const roundUp = /[1-9]/.test(fraction.slice(9)) ? 1n : 0n
  return BigInt(whole) * 1_000_000_000n + BigInt(kept) + roundUp
}

function plainDecimal(value: number): string | null {
  if (!Number.isFinite(value) || value < 0) return null
  return /e/i.test(String(value)) ? value.toFixed(20) : String(value)
}

/** Decimal string with at least two and at most nine decimals: `"1.85"`, `"0.000012"`. */
export function formatUsd(amount: NanoUsd): string {
  const whole = amount / 1_000_000_000n
  const fraction = (amount % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '').padEnd(2, '0')
  return `${whole}.${fraction}`
}
