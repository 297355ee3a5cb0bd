import { z } from 'zod'
import { jsonObject, refuse, text, time, uuid } from './common.ts'
import { TRIGGER_TYPES } from './names.ts'
import { pageAnswer, pageQuery } from './paging.ts'

const overlap = z
  .enum(['skip', 'queue', 'allow'])
  .meta({ description: 'What happens when it fires while a run it started before is unfinished.' })

const cronExpression = text({ min: 1, max: 200 }).meta({
  description: 'Five fields (minute, hour, day of month, month, day of week), or six with seconds first.',
  examples: ['0 9 * * 1-5'],
})
const timezone = text({ min: 1, max: 100 }).meta({ description: 'IANA name.', examples: ['Europe/Berlin'] })

export const scheduleConfig = z.object({
  cronExpression,
  timezone: timezone.optional(),
  /** Left out: `skip`. */
  overlap: overlap.optional(),
  /** Whether a time that was missed while no Optio ran is made up for, once. Left out: `once`. */
  missed: z.enum(['once', 'skip']).optional(),
})

const hookPath = text({ min: 1, max: 200 })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]*$/, 'must be letters, digits and ._~-')
  .meta({ description: 'It is called at /api/hooks/<path>.' })

export const webhookConfig = z.object({
  path: hookPath,
  /** Left out: `allow`. */
  overlap: overlap.optional(),
})

export const ticketConfig = z.object({
  source: text({ min: 1, max: 100 }),
  labels: z
    .array(text({ min: 1, max: 200 }))
    .max(100)
    .optional(),
})

const paramMapping = z
  .record(text({ min: 1, max: 200 }), text({ min: 1, max: 1000 }))
  .check(refuse((value) => (Object.keys(value).length > 100 ? 'must have at most 100 entries' : null)))
  .meta({ description: 'For each parameter the dot path of its value in the payload.' })

const secret = text({ min: 8, max: 500 }).meta({ description: 'Key of the signatures. Never answered.' })

/** What each type is configured with. */
export const createTriggerBody = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('manual'), config: z.object({}).nullish(), ...settings() }),
    z.object({ type: z.literal('schedule'), config: scheduleConfig, ...settings() }),
    z.object({
      type: z.literal('webhook'),
      config: webhookConfig.extend({ secret: secret.nullish() }),
      ...settings(),
    }),
    z.object({ type: z.literal('ticket'), config: ticketConfig, ...settings() }),
  ])
  .meta({ id: 'CreateTrigger' })
export type CreateTrigger = z.output<typeof createTriggerBody>

function settings() {
  return { paramMapping: paramMapping.nullish(), enabled: z.boolean().default(true) }
}

/** `config` takes the place of the one before; its form is that of the trigger's type. Without `secret` the secret stays. */
export const editTriggerBody = z
  .object({
    config: jsonObject.optional(),
    paramMapping: paramMapping.nullable().optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'EditTrigger' })
export type EditTrigger = z.output<typeof editTriggerBody>

export const trigger = z
  .object({
    id: uuid,
    targetType: z.enum(['repo-blueprint', 'standalone']),
    targetId: uuid,
    type: z.enum(TRIGGER_TYPES),
    /** Never with the secret; of a webhook it has `hasSecret`. */
    config: z.record(z.string(), z.unknown()),
    paramMapping: z.record(z.string(), z.string()).nullable(),
    enabled: z.boolean(),
    lastFiredAt: time.nullable(),
    nextFireAt: time.nullable(),
    /** The next times a schedule is due, at most five. */
    nextFireTimes: z.array(time),
    /** Of a webhook: where it is called. */
    hookUrl: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Trigger' })
export type Trigger = z.infer<typeof trigger>
export const triggerAnswer = z.object({ trigger })
export const triggerList = z.object({ triggers: z.array(trigger) })
export const triggerParams = z.object({ id: uuid, triggerId: uuid })

/** One time it fired. */
export const firing = z
  .object({
    id: uuid,
    triggerId: uuid,
    state: z.enum(['started', 'waiting', 'skipped', 'failed']),
    /** Why no run was started, as a stable code and in words; null when one was. */
    code: z.string().nullable(),
    reason: z.string().nullable(),
    runId: uuid.nullable(),
    /** Of a schedule: the time it was due. */
    dueAt: time.nullable(),
    createdAt: time,
    settledAt: time.nullable(),
  })
  .meta({ id: 'Firing' })
export type Firing = z.infer<typeof firing>
export const firingList = z.object({ firings: z.array(firing), ...pageAnswer })
export const listFiringsQuery = z.object(pageQuery)
export type ListFiringsQuery = z.output<typeof listFiringsQuery>

/** When a schedule would be due; nothing is saved. */
export const previewScheduleQuery = z.object({ cronExpression, timezone: timezone.optional() })
export type PreviewSchedule = z.output<typeof previewScheduleQuery>
export const previewScheduleAnswer = z.object({ nextFireTimes: z.array(time) })

/** `POST /api/hooks/:path`: `runId` of a standalone run, `taskId` of a repo-task; neither when its settings let no run start now. */
export const hookAnswer = z.object({
  runId: uuid.optional(),
  taskId: uuid.optional(),
  firingId: uuid,
  state: z.enum(['started', 'waiting', 'skipped']),
  reason: z.string().nullable(),
})
export type HookAnswer = z.infer<typeof hookAnswer>

/** As bytes it is what the signature is of, so it is read by the server itself. */
export const hookPayload = z.unknown().optional().meta({
  type: 'object',
  additionalProperties: true,
  description:
    'Any JSON object of at most 1 MiB. Its parameters are its top-level keys, or what `paramMapping` names.',
})

export const hookParams = z.object({ path: text({ min: 1, max: 200 }) })
