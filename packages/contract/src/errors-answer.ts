import { z } from 'zod'

/** Body of every error answer. `code` is one of `ERROR_CODES` and stable; `error` says what to do. */
export const errorAnswer = z
  .object({ error: z.string(), code: z.string(), details: z.unknown().optional() })
  .meta({ id: 'Error' })

export type ErrorAnswer = z.infer<typeof errorAnswer>
