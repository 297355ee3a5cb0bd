import { z } from 'zod'
import { queryInteger, text } from './common.ts'

/** Highest `offset`; beyond it a cursor is the way. */
export const MAX_OFFSET = 1_000_000

export const pageQuery = {
  limit: queryInteger(1, 1000).prefault(50),
  offset: queryInteger(0, MAX_OFFSET)
    .optional()
    .describe(
      'So many are passed over, counted from the newest. Far into the list of tasks it may lag a second behind what happens; a cursor skips and repeats nothing.',
    ),
  cursor: text({ min: 1, max: 1000 })
    .optional()
    .describe('`nextCursor` of the page before: stable while things are added.'),
}

/** What a list answers beside its things. */
export const pageAnswer = {
  limit: z.int(),
  offset: z.int().optional(),
  nextCursor: z.string().nullable(),
  hasMore: z.boolean(),
}
