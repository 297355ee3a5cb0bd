import { z } from 'zod'

export const health = z
  .object({
    healthy: z.boolean(),
    /** True for each part that works: the database and the runtime, never a forge. */
    checks: z.record(z.string(), z.boolean()),
    /** What is wrong, in words; empty when healthy. */
    problems: z.array(z.string()),
    version: z.string(),
    maxConcurrent: z.int(),
    /** The disk of Optio's data on this host, in bytes; null when it cannot be measured. */
    disk: z
      .object({
        freeBytes: z.int(),
        totalBytes: z.int(),
        /** What the environments of tasks take, as last measured. */
        environmentsBytes: z.int(),
      })
      .nullable(),
  })
  .meta({ id: 'Health' })

export const liveness = z.object({ live: z.literal(true) })
export const readiness = z.object({ ready: z.boolean() })

export type Health = z.infer<typeof health>
