/**
 * The value below which a share of the measurements lies.
 * @param {readonly number[]} values
 * @param {number} share 0.5 for the median
 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/**
 * @param {number} value
 * @param {number} [digits]
 */
export function rounded(value, digits = 0) {
  return Math.round(value * 10 ** digits) / 10 ** digits
}
