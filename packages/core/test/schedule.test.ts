import { OptioError } from '@optio/contract'
import { checkSchedule, nextTimes } from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** The days on which clocks are moved in 2026 or 2027, from midnight there and for the day after, too. */
const MOVES = [
  ['Europe/Berlin', '2026-03-28T23:00:00Z'],
  ['Europe/Berlin', '2026-10-24T22:00:00Z'],
  ['America/New_York', '2026-03-08T05:00:00Z'],
  ['America/New_York', '2026-11-01T04:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T13:30:00Z'],
  ['Australia/Lord_Howe', '2027-04-03T13:00:00Z'],
  ['Asia/Tokyo', '2026-05-01T15:00:00Z'],
] as const

function times(cronExpression: string, timezone: string, after: string, count: number): string[] {
  return nextTimes({ cronExpression, timezone }, Date.parse(after), count).map((time) =>
    new Date(time).toISOString(),
  )
}

/** Minutes since midnight that a clock on the wall shows, by another way than the one tested. */
function wallOf(zone: string): (moment: number) => { day: string; minute: number } {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
  return (moment) => {
    const [day = '', time = ''] = format.format(moment).split(' ')
    const [hours, minutes] = time.split(':').map(Number)
    return { day, minute: (hours ?? 0) * 60 + (minutes ?? 0) }
  }
}

describe('on the days on which clocks are moved', () => {
  test.each([
    // From two to three there is no time: what was meant for it comes at three.
    [
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T23:00:00Z',
      ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
    ],
    [
      '0,30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T23:00:00Z',
      ['2026-03-29T01:00:00.000Z', '2026-03-30T00:00:00.000Z'],
    ],
    // From two to three there is twice.
    [
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T22:00:00Z',
      ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ],
    [
      '0,30 2 * * *',
      'Europe/Berlin',
      '2026-10-25T00:20:00Z',
      ['2026-10-25T00:30:00.000Z', '2026-10-26T01:00:00.000Z'],
    ],
    // Asked in the second of both, or at the very moment of the move.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', ['2026-10-26T01:30:00.000Z']],
    ['30 2 * * *', 'Europe/Berlin', '2026-03-29T01:00:00Z', ['2026-03-30T00:30:00.000Z']],
    [
      '15 2 * * *',
      'America/New_York',
      '2026-03-08T06:00:00Z',
      ['2026-03-08T07:00:00.000Z', '2026-03-09T06:15:00.000Z'],
    ],
    [
      '15 1 * * *',
      'America/New_York',
      '2026-11-01T04:00:00Z',
      ['2026-11-01T05:15:00.000Z', '2026-11-02T06:15:00.000Z'],
    ],
    // Half an hour: from two to half past there is none, or from half past one to two there is twice.
    [
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T13:30:00Z',
      ['2026-10-03T15:30:00.000Z', '2026-10-04T15:15:00.000Z'],
    ],
    [
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2027-04-03T13:00:00Z',
      ['2027-04-03T14:45:00.000Z', '2027-04-04T15:15:00.000Z'],
    ],
  ])('%s in %s from %s on comes when it should', (expression, zone, after, expected) => {
    expect(times(expression, zone, after, expected.length)).toEqual(expected)
  })

  test('a time that names its hour comes exactly once a day, when the clock shows it first or is moved past it', () => {
    const hours = fc.uniqueArray(fc.nat({ max: 4 }), { minLength: 1, maxLength: 3 })
    const minutes = fc.uniqueArray(fc.constantFrom(0, 1, 15, 29, 30, 45, 59), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.constantFrom(...MOVES), hours, minutes, ([zone, midnight], hours, minutes) => {
        const start = Date.parse(midnight)
        const wall = wallOf(zone)
        const expected = new Set<number>()
        for (const hour of hours) {
          for (const minute of minutes) {
            // The first moment of the day at which the clock shows that time or a later one.
            const wanted = hour * 60 + minute
            for (let moment = start; ; moment += MINUTE) {
              if (wall(moment).minute < wanted) continue
              expected.add(moment)
              break
            }
          }
        }
        const schedule = { cronExpression: `${minutes} ${hours} * * *`, timezone: zone }
        const day = wall(start).day
        const found = nextTimes(schedule, start - 1, 20).filter((time) => wall(time).day === day)
        expect(found).toEqual([...expected].sort((a, b) => a - b))
      }),
      { numRuns: 150 },
    )
  })

  test('a schedule of every hour comes at each moment at which the clock shows its minute', () => {
    fc.assert(
      fc.property(fc.constantFrom(...MOVES), fc.constantFrom(5, 10, 15, 20, 30), ([zone, midnight], step) => {
        const start = Date.parse(midnight)
        const wall = wallOf(zone)
        const expected: number[] = []
        for (let moment = start; moment < start + 6 * HOUR; moment += MINUTE) {
          if (wall(moment).minute % step === 0) expected.push(moment)
        }
        const schedule = { cronExpression: `*/${step} * * * *`, timezone: zone }
        expect(nextTimes(schedule, start - 1, expected.length)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })
})

test('whatever moment is asked after, the next times are later, ascending, and the same as when asked one by one', () => {
  const expression = fc.constantFrom(
    '30 2 * * *',
    '*/20 1-3 * * *',
    '0 */2 * * *',
    '10 * * * *',
    '0,30 0 2 * * 0',
  )
  const offset = fc.integer({ min: -2 * HOUR, max: 30 * HOUR })
  fc.assert(
    fc.property(
      fc.constantFrom(...MOVES),
      expression,
      offset,
      ([timezone, midnight], cronExpression, offset) => {
        const schedule = { cronExpression, timezone }
        const after = Date.parse(midnight) + offset
        const found = nextTimes(schedule, after, 5)
        const oneByOne: number[] = []
        for (let last = after; oneByOne.length < 5; last = oneByOne.at(-1) ?? Number.NaN) {
          oneByOne.push(...nextTimes(schedule, last, 1))
        }
        expect(found).toEqual(oneByOne)
        expect(found.every((time, n) => time > (found[n - 1] ?? after))).toBe(true)
        // Whether it is asked a little earlier makes no difference.
        expect(nextTimes(schedule, after - 17 * MINUTE, 60)).toEqual(expect.arrayContaining(found))
      },
    ),
    { numRuns: 200 },
  )
})

test('an expression of six fields begins with seconds, and without a zone it is UTC', () => {
  const found = nextTimes({ cronExpression: '15,45 0 9 * * *' }, Date.parse('2026-11-22T09:00:20.500Z'), 2)
  expect(found.map((time) => new Date(time).toISOString())).toEqual([
    '2026-11-22T09:00:45.000Z',
    '2026-11-23T09:00:15.000Z',
  ])
})

describe('a schedule is refused with its field and words', () => {
  const NOW = Date.parse('2026-11-22T05:00:00.123Z')
  const refusal = (cronExpression: string, timezone?: string): unknown => {
    try {
      checkSchedule({ cronExpression, ...(timezone === undefined ? {} : { timezone }) }, NOW, 'body.config')
      return null
    } catch (error) {
      expect(error).toBeInstanceOf(OptioError)
      expect((error as OptioError).code).toBe('VALIDATION')
      return (error as OptioError).details
    }
  }

  test.each([
    ['0 0 30 2 *', 'never comes'],
    ['0 0 31 2,4,6,9,11 *', 'never comes'],
    ['* * * *', 'five fields'],
    ['0 0 1 1 * * 2030', 'five fields'],
    ['@daily', 'five fields'],
    ['', 'five fields'],
    ['61 * * * *', 'cannot be read'],
    ['0 9 * * 8', 'cannot be read'],
    ['a b c d e', 'cannot be read'],
    ['*/0 * * * *', 'cannot be read'],
    ['* * * * * *', '10 seconds'],
    ['*/9 * * * * *', '10 seconds'],
    ['58,2 0,59 * * * *', '10 seconds'],
  ])('%j: %s', (expression, words) => {
    expect(refusal(expression)).toEqual([
      { path: 'body.config.cronExpression', message: expect.stringContaining(words) },
    ])
  })

  test.each(['Nope/Nowhere', '+02:00', '', 'Europe/Berlin; drop table', 'GMT+2'])('zone %j', (zone) => {
    expect(refusal('0 9 * * *', zone)).toEqual([
      { path: 'body.config.timezone', message: expect.stringContaining('IANA') },
    ])
  })

  test.each(['0 9 * * 1-5', '*/10 * * * * *', '0 0 29 2 *', '0 0 L * *', '0 12 ? * MON', ' 0  9 * * * '])(
    '%j is accepted',
    (expression) => expect(refusal(expression, 'Europe/Berlin')).toBeNull(),
  )
})
