import { nextTimes, type ScheduleConfig } from '@optio/core'
import { uuidv7 } from 'uuidv7'
import type { Database, Transaction } from '../../database/connection.ts'
import type { Schedules } from '../../engine/context.ts'
import { carryOut, type FireDeps, release } from './fire.ts'
import { paramsOf } from './params.ts'
import {
  type DueTrigger,
  insertFiring,
  markFired,
  newestCode,
  oldestWaiting,
  takeDue,
  takeReleased,
  updateTrigger,
} from './queries.ts'

export interface SchedulesDeps extends FireDeps {
  readonly database: Database
}

/**
 * Triggers of one transaction. From the first run it makes until it is committed nobody else records an event in the workspace, so it
 * ends after some time, too: what it has taken and not come to is still due.
 */
const AT_ONCE = 20
const LONGEST_MS = 200

/** Later than this it counts as missed: a restart takes less, and so does the firing of everything that is due at once. */
const MISSED_AFTER_MS = 60_000

export function createSchedules(deps: SchedulesDeps): Schedules {
  return {
    async fireDue(isOver) {
      while (!isOver()) {
        const fired = await inBatches(deps.database, takeDue, (tx, due) => fireOne(deps, tx, due))
        if (isOver()) return
        const released = await inBatches(deps.database, takeReleased, (tx, due) => releaseOne(deps, tx, due))
        if (fired + released === 0) return
      }
    },
  }
}

/** Answers how many were done. */
async function inBatches(
  database: Database,
  take: (tx: Transaction, limit: number) => Promise<DueTrigger[]>,
  work: (tx: Transaction, due: DueTrigger) => Promise<void>,
): Promise<number> {
  return await database.transaction(async (tx) => {
    const began = performance.now()
    let done = 0
    for (const due of await take(tx, AT_ONCE)) {
      await work(tx, due)
      done += 1
      if (performance.now() - began > LONGEST_MS) break
    }
    return done
  })
}

async function fireOne(deps: FireDeps, tx: Transaction, due: DueTrigger): Promise<void> {
  const { trigger, now } = due
  const dueAt = trigger.nextFireAt
  if (dueAt === null) return
  const skipped = await whyNotAtAll(tx, due, dueAt)
  const next = nextAfter(trigger.config as ScheduleConfig, now)
  // Said once: a schedule of every minute would say it every minute for as long as nobody enables what it belongs to.
  if (skipped === 'said') return await updateTrigger(tx, trigger.id, { nextFireAt: next })
  const id = await insertFiring(tx, {
    id: uuidv7(),
    workspaceId: trigger.workspaceId,
    triggerId: trigger.id,
    key: `due:${dueAt.toISOString()}`,
    dueAt,
    state: skipped === null ? 'waiting' : 'skipped',
    ...skipped,
  })
  // Fired already: its time was set back, by hand or by a clock.
  if (id !== null && skipped === null) {
    const { timezone = 'UTC' } = trigger.config as ScheduleConfig
    const payload = { dueAt: dueAt.toISOString(), timezone }
    await carryOut(deps, tx, trigger, { id, params: paramsOf(payload, trigger.paramMapping ?? {}) })
  }
  await markFired(tx, trigger.id, { nextFireAt: next })
}

type Skip = { readonly code: string; readonly reason: string }

/** Why a time passes without a run being tried; `said` when its last firing has said so already. */
async function whyNotAtAll(
  tx: Transaction,
  { trigger, isEnabled, now }: DueTrigger,
  dueAt: Date,
): Promise<Skip | 'said' | null> {
  if (!isEnabled) {
    if ((await newestCode(tx, trigger.id)) === 'TASK_DISABLED') return 'said'
    const reason = 'What it belongs to is disabled. Until it is enabled, times pass without being recorded.'
    return { code: 'TASK_DISABLED', reason }
  }
  const { missed = 'once' } = trigger.config as ScheduleConfig
  if (missed === 'once' || now - dueAt.getTime() <= MISSED_AFTER_MS) return null
  return { code: 'MISSED', reason: 'No Optio ran when it was due, and it is set not to make up for that.' }
}

/** Strictly later than now, so that what was missed fires once; null when there is none, or its time zone is not known any more. */
function nextAfter(config: ScheduleConfig, now: number): Date | null {
  try {
    const [next] = nextTimes(config, now, 1)
    return next === undefined ? null : new Date(next)
  } catch {
    return null
  }
}

async function releaseOne(deps: FireDeps, tx: Transaction, { trigger }: DueTrigger): Promise<void> {
  const firing = await oldestWaiting(tx, trigger.id)
  if (firing !== null) await release(deps, tx, trigger, { id: firing.id, params: firing.params ?? {} })
}
