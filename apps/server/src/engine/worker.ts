import { EventEmitter } from 'node:events'
import { run, type WorkerEvents, Logger as WorkerLogger, type WorkerPool } from 'graphile-worker'
import { prune } from '../features/retention/prune.ts'
import { advance } from './advance.ts'
import { cleanUpEnvironments } from './clean-up.ts'
import type { EngineContext } from './context.ts'
import { carryOutEffect } from './effects/carry-out.ts'
import type { ProcessMembership } from './process-registry.ts'
import { EFFECT_TASK, WAKE_TASK } from './wake-ups.ts'
import { WATCH_TASK } from './watch/job.ts'

/** Jobs a process works on at once: they are short and mostly wait for git and the database. */
const CONCURRENCY = 10

/**
 * Each of the workers asks for itself this often, so it is the dear part of idling. New jobs are told by NOTIFY, and for those
 * whose time comes or whose notice was lost the turn's glance nudges the workers; this is only for when neither works.
 */
const POLL_MS = 30_000

const CLEAN_UP_TASK = 'clean_up_environments'
const PRUNE_TASK = 'prune'

/** Each hour, at minutes of their own, and again by nobody while one waits. */
const CRONTAB = [`17 * * * * ${CLEAN_UP_TASK} ?max=1`, `43 * * * * ${PRUNE_TASK} ?max=1`].join('\n')

export interface Worker {
  /** So many jobs wait. */
  nudge(jobs: number): void
  /** Settles, with the reason, when the workers ended although nobody stopped them: jobs are taken by others only. */
  readonly ended: Promise<string>
  /** Resolves when the jobs under way are done. */
  stop(): Promise<void>
}

/** Starts this process's share of the queue. */
export async function startWorker(
  context: EngineContext,
  membership: ProcessMembership,
  effectsUnderWay: Set<string>,
): Promise<Worker> {
  const events = new EventEmitter() as WorkerEvents
  let pool: WorkerPool | null = null
  let stopping = false
  const registered = new Promise<void>((resolve, reject) => {
    // Jobs carry the id of the pool, not of the worker: it must be on record before a job can be taken.
    events.on('pool:create', ({ workerPool }) => {
      pool = workerPool
      membership.addPool(workerPool.id).then(resolve, reject)
    })
  })
  // A pool can end by itself, as when a newer version changes the tables of the queue; its workers may not be nudged then.
  let ending = false
  events.on('pool:gracefulShutdown', () => {
    ending = true
  })
  const runner = await run({
    pgPool: context.database.pool,
    concurrency: CONCURRENCY,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    events,
    crontab: CRONTAB,
    logger: new WorkerLogger(() => (level, message, meta) => {
      if (level === 'error') context.log.error({ meta }, message)
      else if (level === 'warning') context.log.warn({ meta }, message)
      else context.log.trace({ meta }, message)
    }),
    taskList: {
      [WAKE_TASK]: async (payload) => {
        await advance(context, (payload as { runId: string }).runId)
      },
      [EFFECT_TASK]: async (payload) => {
        const { effectId } = payload as { effectId: string }
        await carryOutEffect(context, membership.identity, effectId, effectsUnderWay)
      },
      [CLEAN_UP_TASK]: async () => {
        await cleanUpEnvironments(context)
      },
      [PRUNE_TASK]: async () => {
        await prune(context)
      },
      [WATCH_TASK]: async () => {
        await context.watcher?.lookAtDue()
      },
      ...context.jobs?.tasks,
    },
  })
  try {
    await registered
  } catch (error) {
    await runner.stop()
    throw error
  }
  const ended = new Promise<string>((resolve) => {
    const tell = (why: string) => {
      if (!stopping) resolve(why)
    }
    runner.promise.then(
      () => tell('the workers of the queue ended'),
      (error: unknown) => tell(`the workers of the queue ended: ${String(error)}`),
    )
  })
  return {
    ended,
    nudge(jobs) {
      if (!stopping && !ending) pool?.nudge(jobs)
    },
    stop() {
      stopping = true
      // One that has ended by itself cannot be stopped again.
      return ending ? runner.promise.catch(() => undefined) : runner.stop()
    },
  }
}
