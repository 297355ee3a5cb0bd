import { createHash } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'

const MARK = '/* planned once */'

/**
 * Put anywhere into a statement, it has each connection of the pool keep the statement under a name: it is parsed once, and once it was
 * planned five times for the parameters it had, Postgres goes on with one plan for any, if that is no dearer. For a statement of many parts
 * planning takes longer than carrying out. For statements that are best carried out in the same way whatever their parameters are, and of
 * which there are few texts. In a transaction it has no effect.
 *
 * @see https://www.postgresql.org/docs/current/sql-prepare.html
 */
export const plannedOnce: SQL = sql.raw(MARK)

/** The name under which a connection keeps the plan of a statement; undefined when it is to be planned each time. */
export function planNameOf(text: string): string | undefined {
  if (!text.includes(MARK)) return undefined
  let name = names.get(text)
  if (name === undefined) {
    name = `optio_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    names.set(text, name)
  }
  return name
}

const names = new Map<string, string>()
