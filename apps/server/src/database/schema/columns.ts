import { sql } from 'drizzle-orm'
import { customType, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Column shapes that several tables share. */

/** A moment, with time zone, to the microsecond in the database and the millisecond here. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

export const createdAt = () => moment('created_at').notNull().default(sql`now()`)
export const updatedAt = () => moment('updated_at').notNull().default(sql`now()`)
export const workspaceId = () => uuid('workspace_id').notNull()

/** Money as a decimal string with nine decimals; `@optio/core` reads it into nano-dollars. */
export const usd = customType<{ data: string; driverData: string }>({
  dataType: () => 'numeric(20, 9)',
})

/** Plain bytes. */
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({
  dataType: () => 'bytea',
})
