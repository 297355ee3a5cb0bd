import { type CreateTrigger, createTriggerBody, type EditTrigger, OptioError } from '@optio/contract'
import { checkSchedule, nextTimes, type ScheduleConfig, type TriggerConfig } from '@optio/core'
import type { TriggerRow } from './queries.ts'

/** What of a trigger its type decides. `secret` undefined: it stays as it is. */
export interface Configured {
  readonly config: TriggerConfig
  readonly path: string | null
  readonly secret: string | null | undefined
}

/** Throws VALIDATION for a schedule that cannot be used. */
export function configured(given: CreateTrigger, now: number): Configured {
  switch (given.type) {
    case 'schedule':
      checkSchedule(given.config as ScheduleConfig, now, 'body.config')
      return { config: given.config as ScheduleConfig, path: null, secret: null }
    case 'webhook': {
      const { secret, ...config } = given.config
      return { config: config as TriggerConfig, path: config.path, secret }
    }
    case 'ticket':
      return { config: given.config as TriggerConfig, path: null, secret: null }
    case 'manual':
      return { config: {}, path: null, secret: null }
  }
}

/** The same for a new `config` of a trigger that exists, whose type says what form it must have. Throws VALIDATION. */
export function reconfigured(
  type: TriggerRow['type'],
  config: NonNullable<EditTrigger['config']>,
  now: number,
): Configured {
  const read = createTriggerBody.safeParse({ type, config })
  if (read.success) return configured(read.data, now)
  const problems = read.error.issues.map(({ path, message }) => ({
    path: ['body', ...path.map(String)].join('.'),
    message,
  }))
  const [first] = problems
  throw new OptioError('VALIDATION', `${first?.path}: ${first?.message}`, { details: problems.slice(0, 20) })
}

/** When a trigger is due next, as of now: a schedule that is enabled; else null. */
export function nextFireAt(
  { type, enabled, config }: Pick<TriggerRow, 'type' | 'enabled' | 'config'>,
  now: number,
): Date | null {
  if (type !== 'schedule' || !enabled) return null
  const [next] = nextTimes(config as ScheduleConfig, now, 1)
  return next === undefined ? null : new Date(next)
}

/** True when both are due at the same times. */
export function isSameSchedule(one: TriggerConfig, other: TriggerConfig): boolean {
  const [a, b] = [one as ScheduleConfig, other as ScheduleConfig]
  return a.cronExpression === b.cronExpression && a.timezone === b.timezone
}
