import type { Firing, Trigger } from '@optio/contract'
import { nextTimes, type ScheduleConfig } from '@optio/core'
import type { FiringRow, ShownTrigger } from './queries.ts'

/** Times that are shown of a schedule. */
export const TIMES_SHOWN = 5

/** @param address where the API is reached, as whoever asks has reached it. */
export function toTrigger(row: ShownTrigger, address: string): Trigger {
  return {
    id: row.id,
    targetType: row.kind === 'repo' ? 'repo-blueprint' : 'standalone',
    targetId: row.blueprintId,
    type: row.type,
    config: { ...row.config, ...(row.type === 'webhook' ? { hasSecret: hasSecret(row) } : {}) },
    paramMapping: row.paramMapping,
    enabled: row.enabled,
    lastFiredAt: row.lastFiredAt?.toISOString() ?? null,
    nextFireAt: row.nextFireAt?.toISOString() ?? null,
    nextFireTimes: timesOf(row),
    hookUrl: row.path === null ? null : `${address}/api/hooks/${row.path}`,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

function hasSecret({ sealedSecret, clearSecret }: ShownTrigger): boolean {
  return sealedSecret !== null || clearSecret !== null
}

function timesOf({ nextFireAt, config }: ShownTrigger): string[] {
  if (nextFireAt === null) return []
  const later = laterTimes(config as ScheduleConfig, nextFireAt.getTime())
  return [nextFireAt.getTime(), ...later].map((time) => new Date(time).toISOString())
}

/** None when its time zone is not known any more: that must not hide the trigger. */
function laterTimes(config: ScheduleConfig, after: number): number[] {
  try {
    return nextTimes(config, after, TIMES_SHOWN - 1)
  } catch {
    return []
  }
}

export function toFiring(row: Omit<FiringRow, 'params'>): Firing {
  return {
    id: row.id,
    triggerId: row.triggerId,
    state: row.state,
    code: row.code,
    reason: row.reason,
    runId: row.runId,
    dueAt: row.dueAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    settledAt: row.settledAt?.toISOString() ?? null,
  }
}
