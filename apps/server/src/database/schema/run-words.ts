import { customType, foreignKey, index, pgTable, timestamp, uuid } from 'drizzle-orm/pg-core'
import { workspaceId } from './columns.ts'
import { runs } from './runs.ts'

const tsvector = customType<{ data: string; driverData: string }>({ dataType: () => 'tsvector' })

/**
 * The words of a run's title and prompt, for searches: `words_of(title, prompt)`, a function of the database. Not a column of
 * `runs`, whose rows are written anew with every look at a run: that would put all their words into the index again.
 */
export const runWords = pgTable(
  'run_words',
  {
    runId: uuid('run_id').primaryKey(),
    workspaceId: workspaceId(),
    /** The run's own, which never changes. */
    createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
    words: tsvector('words').notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    /** The newest one after another, with their words: what a frequent word is looked for in. */
    index('run_words_newest').on(t.workspaceId, t.createdAt.desc(), t.runId.desc()),
    /** At once into the index: a list of what is to be added would be read by each search. */
    index('run_words_by_word').using('gin', t.words).with({ fastupdate: 'off' }),
  ],
)
