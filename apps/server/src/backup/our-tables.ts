import { getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import * as schema from '../database/schema/index.ts'

/** Names of the tables of Optio. */
export const KNOWN_TABLES: ReadonlySet<string> = new Set(
  Object.values(schema).flatMap((each) => (is(each, PgTable) ? [getTableName(each)] : [])),
)
