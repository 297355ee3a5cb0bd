import { costOf, formatUsd, isCapReached, parseUsd } from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const amount = fc.bigInt({ min: 0n, max: 10n ** 18n - 1n })

describe('money', () => {
  test('survives being written and read', () => {
    fc.assert(
      fc.property(amount, (nano) => {
        expect(parseUsd(formatUsd(nano))).toBe(nano)
      }),
    )
  })

  test('adds up exactly over any number of reports', () => {
    const cents = fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 200 })
    fc.assert(
      fc.property(cents, (reports) => {
        const sum = reports.reduce((total, c) => total + (parseUsd((c / 100).toFixed(2)) ?? 0n), 0n)
        expect(sum).toBe(BigInt(reports.reduce((total, c) => total + c, 0)) * 10_000_000n)
      }),
    )
  })

  test('is never understated, by less than a nano-dollar', () => {
    const double = fc.double({ min: 0, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(double, (usd) => {
        const nano = parseUsd(usd) ?? -1n
        // The decimal that JavaScript prints, counted in 1e-40 dollars, which every printed double here fits.
        const exact = exactly(String(usd))
        expect(nano * 10n ** 31n >= exact).toBe(true)
        expect((nano - 1n) * 10n ** 31n < exact || nano === 0n).toBe(true)
      }),
    )
    expect(parseUsd('0.0000000001')).toBe(1n)
    expect(parseUsd(1e-25)).toBe(1n)
    expect(parseUsd(5e-324)).toBe(1n)
  })

  test.each([
    ['1.85', 1_850_000_000n],
    [1.85, 1_850_000_000n],
    [1.5e-7, 150n],
    ['1.5E-7', 150n],
    [' 2 ', 2_000_000_000n],
    ['1.850000000', 1_850_000_000n],
    [0.1 + 0.2, 300_000_001n],
  ])('reads %s', (written, nano) => expect(parseUsd(written)).toBe(nano))

  test.each([
    '',
    '-1',
    'NaN',
    'free',
    '1,5',
    '0x10',
    '1e',
    '.',
    '1e999',
    '1000000000',
    Number.NaN,
    -1,
    Number.POSITIVE_INFINITY,
    1e300,
  ])('does not take %s for an amount', (written) => expect(parseUsd(written)).toBeNull())

  test('is written with two to nine decimals', () => {
    expect([0n, 1_850_000_000n, 1n, 12_000n].map(formatUsd)).toEqual([
      '0.00',
      '1.85',
      '0.000000001',
      '0.000012',
    ])
  })
})

/** A decimal as JavaScript prints it, in units of 1e-40; digits beyond count as one unit. */
function exactly(printed: string): bigint {
  const [mantissa = '0', exponent = '0'] = printed.split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const scale = 40 + Number(exponent) - fraction.length
  const digits = BigInt(whole + fraction)
  if (scale >= 0) return digits * 10n ** BigInt(scale)
  return digits === 0n ? 0n : digits / 10n ** BigInt(-scale) + 1n
}

describe('the cost of a report', () => {
  const report = { inputTokens: 1_000, outputTokens: 10, costUsd: null, model: null }

  test('without an amount counts as the estimate, never as zero', () => {
    expect(costOf(report)).toEqual({ cost: 15_750_000n, estimated: true })
    expect(costOf({ ...report, costUsd: 5n })).toEqual({ cost: 5n, estimated: false })
    expect(costOf({ ...report, costUsd: 0n })).toEqual({ cost: 0n, estimated: false })
  })

  test('can be told for any figures an agent may report', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (inputTokens, outputTokens) => {
        expect(costOf({ ...report, inputTokens, outputTokens }).cost >= 0n).toBe(true)
      }),
    )
    expect(costOf({ ...report, inputTokens: 0.5, outputTokens: 0 }).cost).toBe(15_000n)
  })
})

describe('the cap', () => {
  test('is reached at the amount itself, and one that cannot be read is reached at once', () => {
    expect(isCapReached(1_849_999_999n, '1.85')).toBe(false)
    expect(isCapReached(1_850_000_000n, '1.85')).toBe(true)
    expect(isCapReached(0n, '0')).toBe(true)
    expect(isCapReached(10n ** 18n, null)).toBe(false)
    expect(isCapReached(0n, 'a lot')).toBe(true)
  })
})
