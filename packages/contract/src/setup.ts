import { z } from 'zod'

/** The first steps. Nothing of Optio waits for them: they are a list for people. */
export const setupStatus = z
  .object({
    isSetUp: z.boolean(),
    steps: z.record(z.string(), z.object({ done: z.boolean(), label: z.string() })),
  })
  .meta({ id: 'SetupStatus' })
export type SetupStatus = z.infer<typeof setupStatus>
export const setupCompleted = z.object({ ok: z.literal(true) })

const days = z.int().min(1).max(36_500)

/** Days for which things of finished tasks are kept; null: for ever. */
export const retention = z
  .object({ logsDays: days.nullable(), eventsDays: days.nullable(), deliveriesDays: days.nullable() })
  .meta({ id: 'Retention' })
export type Retention = z.infer<typeof retention>
export const retentionAnswer = z.object({ retention })
export const editRetentionBody = retention.partial().meta({ id: 'EditRetention' })
export type EditRetention = z.output<typeof editRetentionBody>
