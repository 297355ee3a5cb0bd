import type { EffectKind, EffectRequest, SilenceReason } from '@optio/core'
import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { createdAt, moment, workspaceId } from './columns.ts'
import { runs } from './runs.ts'

/**
 * Something to be done to the outside world, recorded in the transaction of the decision that caused it and carried out
 * afterwards. The key makes a repeat do nothing. `dead` ones gave up and wait for a person.
 */
export const effects = pgTable(
  'effects',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    runId: uuid('run_id').notNull(),
    kind: text('kind').$type<EffectKind>().notNull(),
    key: text('key').notNull(),
    request: jsonb('request').$type<EffectRequest>().notNull(),
    state: text('state', { enum: ['pending', 'executing', 'done', 'dead'] })
      .notNull()
      .default('pending'),
    processId: uuid('process_id'),
    tries: integer('tries').notNull().default(0),
    /** Of the tries those to which the forge gave no answer: they do not count. */
    unanswered: integer('unanswered').notNull().default(0),
    lastError: text('last_error'),
    /** Why the forge gave no answer to the last try; null when it gave one. */
    silence: text('silence').$type<SilenceReason>(),
    refusal: jsonb('refusal').$type<{ code: string; message: string; at: number }>(),
    notBefore: moment('not_before'),
    createdAt: createdAt(),
    doneAt: moment('done_at'),
  },
  (t) => [
    unique('effects_key').on(t.workspaceId, t.key),
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    index('effects_of_run').on(t.runId),
    index('effects_open').on(t.notBefore).where(sql`state in ('pending', 'executing')`),
  ],
)
