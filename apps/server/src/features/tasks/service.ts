import type {
  AnyTask,
  CreateTask,
  EditTask,
  Environment,
  ListTaskEventsQuery,
  Task,
  TaskDetail,
  TaskEvent,
  TaskStats,
} from '@optio/contract'
import { z } from 'zod'
import type { Database } from '../../database/connection.ts'
import type { EngineCommands, RunEdit, RunRef } from '../../engine/engine.ts'
import type { Identity } from '../../http/authorize.ts'
import { decodeCursor } from '../../http/cursor.ts'
import type { BlueprintService, CreateDefinition } from '../blueprints/service.ts'
import { invalidField } from '../invalid.ts'
import { type Page, pageOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import { createDetailLookup, type DetailRow } from './detail-query.ts'
import { type EnvironmentPlace, readEnvironment } from './environment.ts'
import { refuseFixedFields, refuseUselessFields } from './fields.ts'
import { createTaskLists } from './lists.ts'
import { chooseAgent, newRun } from './new-task.ts'
import { readPipeline } from './pipeline.ts'
import { findAttempts, findTransitions, findUnfinishedIds } from './queries.ts'
import { requireRun, taskNotFound, whyNoRun } from './resolve.ts'
import { createStats } from './stats.ts'
import { stallInfo, stallThresholdOf, toAttempt, toTask, toTaskEvent, whyItWaits } from './view.ts'

/** Cursor of a history: the id of the last event that was seen. */
const eventPlace = z.object({ e: z.int().min(0) })

export interface TaskDeps {
  readonly database: Database
  readonly commands: EngineCommands
  readonly repos: RepoService
  readonly blueprints: BlueprintService
  readonly agentTypes: ReadonlySet<string>
  /** The last thing the log of a run says, in short; null while it is empty. */
  readonly lastLogSummary: (ref: RunRef) => Promise<string | null>
  readonly environments: EnvironmentPlace
}

export type TaskService = ReturnType<typeof createTaskService>

/** Whatever is found below `/api/tasks`: what is executed, of every kind, and the definitions it is made from. */
export function createTaskService(deps: TaskDeps) {
  const { database, commands, repos, blueprints } = deps
  const { orm } = database
  const find = createDetailLookup(orm)
  const lists = createTaskLists(deps)
  const stats = createStats(orm)

  /** Throws TASK_NOT_FOUND, also for a task of another workspace, and WRONG_TASK_TYPE for a definition. */
  const row = async (ref: RunRef): Promise<DetailRow['run']> => {
    const found = await find(ref)
    if (found !== null) return found.run
    throw await whyNoRun(orm, ref)
  }

  /** Null when nothing that is executed has this id. */
  const findView = async (ref: RunRef): Promise<Task | null> => {
    const found = await find(ref)
    return found === null ? null : taskOf(found)
  }

  const view = async (ref: RunRef): Promise<Task> => {
    const found = await findView(ref)
    if (found !== null) return found
    throw await whyNoRun(orm, ref)
  }

  return {
    row,
    view,
    findView,
    ...lists,
    summaries: lists.summaries,

    async create(identity: Identity, body: CreateTask, id: string): Promise<AnyTask> {
      const { workspaceId, userId } = identity
      refuseUselessFields(body)
      if (isDefinitionBody(body)) return await blueprints.create(identity, body, id)
      const repository = await repos.requireByUrl(workspaceId, body.repoUrl)
      const agentType = chooseAgent(body.agentType, repository, deps.agentTypes)
      const run = newRun(body, { id, workspaceId, repositoryId: repository.id, agentType })
      await repos.requireBranch(repository, run.baseRef ?? repository.defaultBranch)
      const { runId } = await commands.createRun(run, userId)
      return await view({ workspaceId, runId })
    },

    /** Anything by its id: of what is executed also why it waits, its steps, and whether its agent is silent. */
    async detail(ref: RunRef): Promise<TaskDetail> {
      const found = await find(ref)
      if (found === null) {
        const definition = await blueprints.find(ref)
        if (definition === null) throw taskNotFound(ref)
        return {
          task: definition,
          pendingReason: null,
          explanation: null,
          pipelineProgress: null,
          stallInfo: null,
        }
      }
      const { run, liveSince } = found
      // Only a queued task waits for what happens to others, and so has words that age.
      const explanation = run.state === 'queued' ? await commands.explain(ref) : run.explanation
      return {
        task: taskOf(found),
        ...whyItWaits(run, explanation),
        pipelineProgress: found.hasSteps ? await readPipeline(orm, ref) : null,
        stallInfo:
          liveSince === null
            ? null
            : stallInfo(liveSince, {
                thresholdMs: stallThresholdOf(run, found.repositoryStallMs),
                lastLogSummary: await deps.lastLogSummary(ref),
                now: Date.now(),
              }),
      }
    },

    async edit(ref: RunRef, change: EditTask, actor: string): Promise<AnyTask> {
      const found = await find(ref)
      if (found === null) return await blueprints.edit(ref, change, actor)
      refuseFixedFields(change, 'run')
      if (change.title === null) throw invalidField('title', 'must not be null: every task has one.')
      if (
        change.blocksParent !== undefined &&
        (found.run.parentRunId === null || found.run.kind !== 'repo')
      ) {
        throw invalidField('blocksParent', 'is for subtasks that write code only. Leave it out.')
      }
      if (Object.keys(change).length === 0) return taskOf(found)
      // Nothing else is left in it, and what was not given is not in it at all.
      await commands.edit(ref, change as RunEdit, actor)
      return await view(ref)
    },

    async remove(ref: RunRef, actor: string): Promise<void> {
      const isRun = await requireRun(orm, ref).then(
        () => true,
        async (error: unknown) => {
          if ((await blueprints.find(ref)) === null) throw error
          return false
        },
      )
      await (isRun ? commands : blueprints).remove(ref, actor)
    },

    async attempts(ref: RunRef) {
      await requireRun(orm, ref)
      return (await findAttempts(orm, ref)).map(toAttempt)
    },

    async environment(ref: RunRef): Promise<Environment> {
      await requireRun(orm, ref)
      return await readEnvironment(orm, deps.environments, ref)
    },

    async events(ref: RunRef, query: ListTaskEventsQuery): Promise<Page<TaskEvent>> {
      await requireRun(orm, ref)
      const after = query.cursor === undefined ? 0 : decodeCursor(eventPlace, query.cursor).e
      const found = await findTransitions(orm, ref, { ...query, after })
      const page = pageOf(found, query, ({ id }) => ({ e: id }))
      return { rows: page.rows.map((event) => toTaskEvent(event, ref.runId)), answer: page.answer }
    },

    /** May lag by a second. */
    stats: ({ workspaceId }: Identity): Promise<TaskStats> => stats(workspaceId),

    unfinishedIds: (workspaceId: string, repositoryId: string) =>
      findUnfinishedIds(orm, workspaceId, repositoryId),
  }
}

function isDefinitionBody(body: CreateTask): body is CreateDefinition {
  return body.type !== 'repo-task'
}

function taskOf({ run, usage, defaultBranch }: DetailRow): Task {
  return toTask({ ...run, usage }, { repoBranch: run.baseRef ?? defaultBranch, isSummary: false })
}
