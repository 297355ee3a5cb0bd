import { OptioError, type Task } from '@optio/contract'
import type { RunState } from '@optio/core'
import type { Database } from '../../database/connection.ts'
import type { EngineCommands, RunRef } from '../../engine/engine.ts'
import type { Identity } from '../../http/authorize.ts'
import { findIdsByState, findStates } from './queries.ts'
import { requireRun, whyNoRun } from './resolve.ts'
import type { TaskService } from './service.ts'

/** States in which a task has a place in the order of what waits. */
const WAITING: readonly RunState[] = ['pending', 'waiting_on_deps', 'queued']

/** What `cancel-active` takes: never what only waits for a person or for checks. */
const ACTIVE: readonly RunState[] = ['waiting_on_deps', 'queued', 'provisioning', 'running']

/** Cancelling waits for processes to end, so several are cancelled at once. */
const CANCELLED_AT_ONCE = 20

export interface ControlDeps {
  readonly database: Database
  readonly commands: EngineCommands
  readonly tasks: TaskService
}

export type TaskControl = ReturnType<typeof createTaskControl>

/** What a person tells a task to do. Which state allows what is the engine's to say (409 INVALID_TRANSITION). */
export function createTaskControl({ database, commands, tasks }: ControlDeps) {
  /** 404 and 405 first, then the command, then what became of it. */
  const act = async (ref: RunRef, command: () => Promise<void>): Promise<Task> => {
    await requireRun(database.orm, ref)
    await command()
    return await tasks.view(ref)
  }

  return {
    cancel: (ref: RunRef, actor: string) => act(ref, () => commands.cancel(ref, actor)),
    retry: (ref: RunRef, actor: string) => act(ref, () => commands.retry(ref, actor)),
    resume: (ref: RunRef, prompt: string | null, actor: string) =>
      act(ref, () => commands.resume(ref, { prompt }, actor)),
    forceRestart: (ref: RunRef, prompt: string | null, actor: string) =>
      act(ref, () => commands.forceRestart(ref, { prompt }, actor)),
    forceRedo: (ref: RunRef, actor: string) => act(ref, () => commands.forceRedo(ref, actor)),

    /** Ends the backoff of a queued task. It still waits for a free slot. */
    runNow: (ref: RunRef, actor: string) => act(ref, () => commands.runNow(ref, actor)),

    /**
     * Priorities by position, the first one first. Those that no longer wait stay as they are; answers how many were given one. Nothing is
     * reordered where one of them is no task, or a definition.
     */
    async reorder({ workspaceId, userId }: Identity, taskIds: readonly string[]): Promise<number> {
      const ids = [...new Set(taskIds)]
      const found = new Map((await findStates(database.orm, workspaceId, ids)).map((task) => [task.id, task]))
      const unknown = ids.find((id) => !found.has(id))
      if (unknown !== undefined) throw await whyNoRun(database.orm, { workspaceId, runId: unknown })
      let reordered = 0
      for (const [priority, runId] of ids.entries()) {
        const task = found.get(runId)
        if (task === undefined || !WAITING.includes(task.state)) continue
        const done =
          task.priority === priority ||
          (await happens(() => commands.edit({ workspaceId, runId }, { priority }, userId)))
        if (done) reordered += 1
      }
      return reordered
    },

    async retryFailed({ workspaceId, userId }: Identity): Promise<number> {
      let retried = 0
      for (const runId of await findIdsByState(database.orm, workspaceId, ['failed'])) {
        if (await happens(() => commands.retry({ workspaceId, runId }, userId))) retried += 1
      }
      return retried
    },

    async cancelActive({ workspaceId, userId }: Identity): Promise<number> {
      const ids = await findIdsByState(database.orm, workspaceId, ACTIVE)
      let cancelled = 0
      for (let start = 0; start < ids.length; start += CANCELLED_AT_ONCE) {
        const done = await Promise.all(
          ids
            .slice(start, start + CANCELLED_AT_ONCE)
            .map((runId) => happens(() => commands.cancel({ workspaceId, runId }, userId))),
        )
        cancelled += done.filter((each) => each).length
      }
      return cancelled
    },
  }
}

/** One of many: a task that moved on or vanished meanwhile is left as it is, and is no error. */
async function happens(command: () => Promise<void>): Promise<boolean> {
  try {
    await command()
    return true
  } catch (error) {
    const moved = error instanceof OptioError && ['INVALID_TRANSITION', 'TASK_NOT_FOUND'].includes(error.code)
    if (moved) return false
    throw error
  }
}
