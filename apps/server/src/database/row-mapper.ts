import { Column, type DriverValueDecoder, is, noopDecoder, SQL } from 'drizzle-orm'
import { NodePgDatabase, NodePgSession } from 'drizzle-orm/node-postgres'
import { PgDialect, type PgPreparedQuery, type PreparedQueryConfig } from 'drizzle-orm/pg-core'
import type pg from 'pg'
import { planNameOf } from './planned-once.ts'
import type { PoolQueries } from './transaction.ts'

type Prepare<T extends PreparedQueryConfig> = Parameters<typeof NodePgSession.prototype.prepareQuery<T>>
type Fields = NonNullable<Prepare<PreparedQueryConfig>[1]>
type Decoder = DriverValueDecoder<unknown, unknown>
type Row = Record<string, unknown>

/**
 * Drizzle on the pool, which finds out once for each query how its columns become values. Drizzle itself does so for each value of each
 * row, which takes longer than all else that is done with the rows of a list.
 */
export function drizzleOn(pool: pg.Pool): PoolQueries {
  const dialect = new PgDialect()
  return new NodePgDatabase(dialect, new MappingSession(pool, dialect, undefined), undefined)
}

class MappingSession extends NodePgSession<Record<string, never>, Record<string, never>> {
  override prepareQuery<T extends PreparedQueryConfig>(...given: Prepare<T>): PgPreparedQuery<T> {
    const [query, fields, name, isInArrayMode, mapper, ...rest] = given
    return super.prepareQuery<T>(
      query,
      fields,
      name ?? planNameOf(query.sql),
      isInArrayMode,
      mapper ?? (fields && rowMapper(fields)),
      ...rest,
    )
  }
}

/**
 * Makes rows of what the driver answers; undefined where it is drizzle's to say: a group of columns of a joined table may be null as a
 * whole.
 */
function rowMapper(fields: Fields): ((rows: unknown[][]) => Row[]) | undefined {
  if (fields.some(({ path, field }) => path.length > 1 && is(field, Column))) return undefined
  const columns = fields.map(({ path, field }) => {
    const groups = path.slice(0, -1)
    const decoder = decoderOf(field)
    return { groups, name: path.at(-1) ?? '', decoder: isAsItIs(decoder) ? null : decoder }
  })
  return (rows) =>
    rows.map((row) => {
      const made: Row = {}
      let n = 0
      for (const { groups, name, decoder } of columns) {
        const value = row[n++]
        const place = groups.length === 0 ? made : groupIn(made, groups)
        place[name] = value === null || decoder === null ? value : decoder.mapFromDriverValue(value)
      }
      return made
    })
}

function groupIn(row: Row, groups: readonly string[]): Row {
  let place = row
  for (const name of groups) {
    place[name] ??= {}
    place = place[name] as Row
  }
  return place
}

/** What the driver answers is the value already, as drizzle has it for texts, numbers and JSON. */
function isAsItIs({ mapFromDriverValue }: Decoder): boolean {
  return (
    mapFromDriverValue === Column.prototype.mapFromDriverValue ||
    mapFromDriverValue === noopDecoder.mapFromDriverValue
  )
}

/** Of columns they themselves, of SQL what it was given with `mapWith`. */
function decoderOf(field: Fields[number]['field']): Decoder {
  if (is(field, Column)) return field
  const { decoder } = (is(field, SQL) ? field : 'sql' in field ? field.sql : field._.sql) as unknown as {
    decoder: Decoder
  }
  return decoder
}
