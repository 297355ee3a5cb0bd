import { sql } from 'drizzle-orm'
import { check, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { moment } from './columns.ts'

/** What holds for the whole installation. One row, made by the migration. */
export const installation = pgTable(
  'installation',
  {
    id: integer('id').primaryKey().default(1),
    /** No agent and no check is started since then; null when it is not paused. */
    pausedAt: moment('paused_at'),
    pausedBy: text('paused_by'),
    pauseReason: text('pause_reason'),
    /** The first steps were declared done. */
    setupCompletedAt: moment('setup_completed_at'),
    /** Days for which things are kept; what is not named is kept for ever. */
    retention: jsonb('retention')
      .$type<{
        logsDays?: number
        eventsDays?: number
        deliveriesDays?: number
      }>()
      .notNull()
      .default({}),
  },
  (t) => [
    check('installation_one_row', sql`${t.id} = 1`),
    check('installation_paused', sql`(${t.pausedAt} is null) = (${t.pausedBy} is null)`),
  ],
)
