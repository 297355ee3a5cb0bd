/**
 * Money is counted in nano-dollars (1e-9 USD) as bigint, so that sums over any number of usage reports are exact; it is
 * written as a decimal string everywhere outside. Floats never hold money.
 */
export type NanoUsd = bigint

const DECIMAL = /^(\d{1,400})(?:\.(\d{1,400}))?(?:e([+-]?\d{1,3}))?$/i

/** Amounts from a billion dollars on are no amounts: they are mistakes, and would not fit the column they are summed in. */
const BILLION: NanoUsd = 1_000_000_000n * 1_000_000_000n

/**
 * Reads a non-negative amount below a billion such as `"1.85"`, `1.85` or `1.5e-7`. Digits beyond the ninth decimal are
 * rounded up: a cost is never understated. Answers null for anything that is no amount (negative, NaN, words).
 */
export function parseUsd(value: string | number): NanoUsd | null {
  // The shortest decimal that is the number: what its sender wrote, not the binary fraction next to it.
  const match = DECIMAL.exec(String(value).trim())
  if (!match) return null
  const [, whole = '0', fraction = '', exponent = '0'] = match
  const digits = BigInt(whole + fraction)
  const scale = 9 + Number(exponent) - fraction.length
  const amount = scale >= 0 ? digits * 10n ** BigInt(scale) : divideUp(digits, 10n ** BigInt(-scale))
  return amount < BILLION ? amount : null
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}

/** Decimal string with at least two and at most nine decimals: `"1.85"`, `"0.000012"`. */
export function formatUsd(amount: NanoUsd): string {
  const whole = amount / 1_000_000_000n
  const fraction = (amount % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '').padEnd(2, '0')
  return `${whole}.${fraction}`
}
