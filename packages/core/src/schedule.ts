import { OptioError } from '@optio/contract'
import { Cron } from 'croner'
import type { ScheduleConfig } from './definitions.ts'

/** When something recurs. Everything here is pure: the time it is asked at is given, in milliseconds since the epoch. */
export type Schedule = Pick<ScheduleConfig, 'cronExpression' | 'timezone'>

interface Problem {
  readonly field: 'cronExpression' | 'timezone'
  readonly message: string
}

/** Times closer to each other than this are refused: each is a run of an agent. */
const LEAST_DISTANCE_MS = 10_000

/** So many times are looked at for two that are too close. */
const TIMES_COMPARED = 150

/** More than any zone moves its clocks at once: two hours, in Antarctica/Troll. */
const LARGEST_MOVE_MS = 3 * 3_600_000

/** More than any zone is away from UTC. */
const A_DAY_MS = 24 * 3_600_000

/**
 * Throws VALIDATION with `details: [{ path, message }]` for a schedule that cannot be used from `now` on: words that cannot be read, a
 * zone that does not exist, a time that never comes, times that are too close. `path` is where the request has it.
 */
export function checkSchedule(schedule: Schedule, now: number, path: string): void {
  const problem = problemOf(schedule, now)
  if (problem === null) return
  const detail = { path: `${path}.${problem.field}`, message: problem.message }
  throw new OptioError('VALIDATION', `${detail.path}: ${detail.message}`, { details: [detail] })
}

function problemOf(schedule: Schedule, now: number): Problem | null {
  if (openZone(schedule.timezone) === null) {
    const message = 'must be the IANA name of a time zone, such as "Europe/Berlin" or "UTC"'
    return { field: 'timezone', message }
  }
  const wrong = (message: string): Problem => ({ field: 'cronExpression', message })
  const { length } = fieldsOf(schedule)
  if (length !== 5 && length !== 6) {
    return wrong(
      `must have five fields (minute, hour, day of month, month, day of week), or six with seconds first; it has ${length}`,
    )
  }
  try {
    if (nextTimes(schedule, now, 1).length === 0) return wrong('names a time that never comes')
    const seconds = LEAST_DISTANCE_MS / 1_000
    return isTooClose(schedule, now)
      ? wrong(`must leave at least ${seconds} seconds between two times`)
      : null
  } catch (error) {
    return wrong(`cannot be read: ${wordsOf(error)}`)
  }
}

function isTooClose(schedule: Schedule, now: number): boolean {
  const clock = wallClock(schedule)
  // From the start of a minute, so that the first minute is seen whole.
  let last = Math.floor(now / 60_000) * 60_000 - 1
  for (let n = 0; n < TIMES_COMPARED; n += 1) {
    const next = clock(last)
    if (next === null) return false
    if (n > 0 && next - last < LEAST_DISTANCE_MS) return true
    last = next
  }
  return false
}

/**
 * The next times after a moment, ascending, at most `count`; fewer when there are no more. A schedule of every hour goes by the
 * time that passes: when clocks are moved it neither pauses nor hurries. One that names hours goes by the clock on the wall: a time that
 * occurs twice counts once, the first time, and one that is left out counts at the moment to which the clocks are moved.
 *
 * Throws for a schedule that cannot be read.
 */
export function nextTimes(schedule: Schedule, after: number, count: number): number[] {
  const zone = openZone(schedule.timezone)
  if (zone === null) throw new RangeError(`There is no time zone ${JSON.stringify(schedule.timezone)}.`)
  const next = isEveryHour(schedule) ? byTimePassing(schedule) : byWallClock(schedule, zone)
  const times: number[] = []
  for (let time = next(after); time !== null && times.length < count; time = next(time)) times.push(time)
  return times
}

type Next = (after: number) => number | null

/** Croner's own way for what recurs by intervals: it skips what is left out, and takes both of what occurs twice. */
function byTimePassing({ cronExpression, timezone = 'UTC' }: Schedule): Next {
  return nextOf(new Cron(cronExpression, { mode: '5-or-6-parts', timezone }))
}

/**
 * Times of the clock on the wall, each turned into the moment it is. Croner's own way would leave out all of "0,30 2 * * *" on a day
 * without the hour from two to three, and take it twice on a day with two of them.
 */
function byWallClock(schedule: Schedule, zone: Zone): Next {
  const clock = wallClock(schedule)
  return (after) => {
    const moves = zone.offsetAt(after - LARGEST_MOVE_MS) !== zone.offsetAt(after + LARGEST_MOVE_MS)
    const start = after + zone.offsetAt(after) - (moves ? LARGEST_MOVE_MS : 0)
    for (let wall = clock(start); wall !== null; wall = clock(wall)) {
      const moment = firstMomentOf(wall, zone)
      if (moment > after) return moment
    }
    return null
  }
}

/** The times of a clock that is never moved, as if it showed UTC. */
function wallClock({ cronExpression }: Schedule): Next {
  return nextOf(new Cron(cronExpression, { mode: '5-or-6-parts', timezone: 'UTC' }))
}

function nextOf(cron: Cron): Next {
  return (after) => cron.nextRun(new Date(after))?.getTime() ?? null
}

/** The first moment at which a clock on the wall shows a time; where it never does, the moment the clock is moved past it. */
function firstMomentOf(wall: number, zone: Zone): number {
  const before = zone.offsetAt(wall - A_DAY_MS)
  const behind = zone.offsetAt(wall + A_DAY_MS)
  const moments = [wall - before, wall - behind].filter((moment) => moment + zone.offsetAt(moment) === wall)
  return moments.length > 0 ? Math.min(...moments) : moveBetween(wall - behind, wall - before, zone)
}

/** When, between two moments, the clock is moved; to the second. */
function moveBetween(from: number, to: number, zone: Zone): number {
  const offset = zone.offsetAt(from)
  let [low, high] = [Math.floor(from / 1_000), Math.ceil(to / 1_000)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (zone.offsetAt(middle * 1_000) === offset) low = middle
    else high = middle
  }
  return high * 1_000
}

interface Zone {
  /** What its clocks show, less what those of UTC show at the same moment, in milliseconds. */
  offsetAt(moment: number): number
}

/** Null when there is no such zone. UTC where none is named. */
function openZone(name = 'UTC'): Zone | null {
  const format = formatOf(name)
  if (format === null) return null
  return {
    offsetAt(moment) {
      const second = Math.floor(moment / 1_000) * 1_000
      const parts = format.formatToParts(second)
      const part = (type: Intl.DateTimeFormatPartTypes) =>
        Number(parts.find((each) => each.type === type)?.value)
      return (
        Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) -
        second
      )
    },
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  // An offset such as "+02:00" is understood by some versions of Node and is no name of a zone.
  if (!/^[A-Za-z]/.test(timeZone)) return null
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return null
  }
}

function fieldsOf({ cronExpression }: Schedule): string[] {
  return cronExpression.trim().split(/\s+/)
}

function isEveryHour(schedule: Schedule): boolean {
  return /^(?:[*?](?:\/1)?|0-23)$/.test(fieldsOf(schedule).at(-4) ?? '')
}

/** Without the name of the library's class. */
function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/^CronPattern:\s*/, '')
}
