import { createHash } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'

const MARK = '/* planned once */'

/**
 * Put anywhere into a statement, it has Postgres plan the statement once for each connection of the pool instead of each time, which for
 * one of many parts takes longer than carrying it out. For statements that are best carried out in the same way whatever their parameters
 * are, and of which there are few texts: each connection keeps the plan of each.
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
