import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'

/**
 * A column of moments as they are answered, for lists of many: ISO-8601 in UTC to the millisecond, without a date that is made of each
 * only to be printed again.
 */
export function isoTime<T extends PgColumn>(
  column: T,
): SQL<T['_']['notNull'] extends true ? string : string | null> {
  return sql`${column}`.mapWith(isoTimeOf) as SQL<T['_']['notNull'] extends true ? string : string | null>
}

/**
 * From what Postgres prints of a `timestamptz`: `2026-11-22 08:15:00.123456+00`, without zeros at the end of the fraction, in the zone of the
 * connection. Of other zones, and of years that have not four digits, a date is made.
 */
export function isoTimeOf(text: string): string {
  if (text.charCodeAt(10) !== SPACE || !text.endsWith('+00')) return new Date(text).toISOString()
  const end = text.length - 3
  const fraction = end === 19 ? '000' : text.slice(20, Math.min(23, end)).padEnd(3, '0')
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`
}

const SPACE = 32
