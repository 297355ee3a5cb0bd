import { type ListRunsQuery, OptioError, type Run, type StartedRun, type Task } from '@optio/contract'
import type { Database } from '../../database/connection.ts'
import type { RunRef } from '../../engine/engine.ts'
import type { Page } from '../newest-first.ts'
import { requireDefinition, resolveTask, taskNotFound } from '../tasks/resolve.ts'
import type { TaskService } from '../tasks/service.ts'
import { toRun } from '../tasks/view.ts'
import type { BlueprintService } from './service.ts'

export interface RunDeps {
  readonly database: Database
  readonly blueprints: BlueprintService
  readonly tasks: TaskService
}

type Params = Record<string, unknown>

export type RunService = ReturnType<typeof createRunService>

/** What was, or would be, run of a definition: of a blueprint tasks, of a standalone one runs. */
export function createRunService({ database, blueprints, tasks }: RunDeps) {
  const shown = (task: Task): Run | Task => (task.type === 'standalone-run' ? toRun(task) : task)

  return {
    /** Newest first. Of a task that is executed nothing was run. */
    async list(ref: RunRef, query: ListRunsQuery): Promise<Page<Run | Task>> {
      const found = await resolveTask(database.orm, ref)
      if (found === null) throw taskNotFound(ref)
      const { rows, answer } = await tasks.runsOf(ref, query)
      return { rows: rows.map(shown), answer }
    },

    /** Throws RUN_NOT_FOUND for one of another definition, or of none. */
    async get(ref: RunRef, runId: string): Promise<Run | Task> {
      await requireDefinition(database.orm, ref)
      const task = await tasks.findView({ workspaceId: ref.workspaceId, runId })
      if (task !== null && task.blueprintId === ref.runId) return shown(task)
      throw runNotFound(runId)
    },

    /** A run of any standalone task. Throws RUN_NOT_FOUND. */
    async standaloneRun(ref: RunRef): Promise<Run> {
      const task = await tasks.findView(ref)
      if (task?.type === 'standalone-run') return toRun(task)
      throw runNotFound(ref.runId)
    },

    /** By hand, with the id `runId`. */
    start: (ref: RunRef, params: Params | null, runId: string, actor: string): Promise<StartedRun> =>
      blueprints.startRun(
        { workspaceId: ref.workspaceId, blueprintId: ref.runId, params, trigger: null, runId },
        actor,
      ),

    /** What was answered to the start of a run that is there. Throws RUN_NOT_FOUND. */
    async started(ref: RunRef, runId: string): Promise<StartedRun> {
      const task = await tasks.findView({ workspaceId: ref.workspaceId, runId })
      if (task === null) throw runNotFound(runId)
      return { runId, type: task.type === 'standalone-run' ? 'workflow-run' : 'repo-task' }
    },

    preview: (ref: RunRef, params: Params | null) => blueprints.preview(ref, params),
  }
}

function runNotFound(runId: string): OptioError {
  return new OptioError('RUN_NOT_FOUND', `There is no run ${runId} of this definition.`)
}
