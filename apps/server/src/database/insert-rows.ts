import { type Column, getTableColumns, is, SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Transaction } from './connection.ts'

/**
 * Inserts many rows with one parameter, whatever their number: with a parameter for each value, as drizzle does it, making and reading the
 * statement takes longer than storing the rows. A column that the first row does not name has its default in all of them, so all name
 * the same ones; values are no SQL.
 *
 * @see https://www.postgresql.org/docs/current/functions-json.html for `jsonb_populate_recordset`
 */
export async function insertRows<T extends PgTable>(
  tx: Pick<Transaction, 'execute'>,
  table: T,
  rows: readonly T['$inferInsert'][],
): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.entries(getTableColumns(table)).filter(([name]) => name in first)
  const names = sql.join(
    columns.map(([, { name }]) => sql.identifier(name)),
    sql.raw(', '),
  )
  const values = rows.map((row) => {
    if (Object.keys(row).length !== columns.length)
      throw new Error('rows of one insert name the same columns')
    return Object.fromEntries(columns.map(([name, column]) => [column.name, jsonOf(column, row, name)]))
  })
  await tx.execute(sql`
    insert into ${table} (${names})
    select ${names} from jsonb_populate_recordset(null::${table}, ${JSON.stringify(values)}::jsonb)`)
}

/** The value as Postgres reads it out of JSON: of a column of JSON as it is, of any other as the driver is given it. */
function jsonOf(column: Column, row: object, name: string): unknown {
  const value = (row as Record<string, unknown>)[name]
  if (value === undefined || is(value, SQL)) throw new Error(`${name} is no value`)
  return value === null || column.dataType === 'json' ? value : column.mapToDriverValue(value)
}
