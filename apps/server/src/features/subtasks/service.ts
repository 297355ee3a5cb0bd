import { type CreateSubtask, OptioError, type SubtaskStatus, type Task } from '@optio/contract'
import type { Database, Transaction } from '../../database/connection.ts'
import { lockDependencies } from '../../engine/commands/dependencies.ts'
import type { EngineCommands, NewRun, RunRef } from '../../engine/engine.ts'
import { type Page, type PageRequest, pageOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import type { ReviewService } from '../reviews/service.ts'
import { chooseAgent, titleFromPrompt } from '../tasks/new-task.ts'
import { requireRepoRun, taskNotFound } from '../tasks/resolve.ts'
import type { TaskService } from '../tasks/service.ts'
import { countSubtasks, findLastStep, lockParentRow, placeOfSubtask, subtaskIdsQuery } from './queries.ts'

export interface SubtaskDeps {
  readonly database: Database
  readonly commands: Pick<EngineCommands, 'createRunIn'>
  readonly tasks: Pick<TaskService, 'row' | 'view' | 'summaries'>
  readonly repos: Pick<RepoService, 'byIds'>
  readonly reviews: Pick<ReviewService, 'start'>
  readonly agentTypes: ReadonlySet<string>
}

export type SubtaskService = ReturnType<typeof createSubtaskService>

type ParentRow = Awaited<ReturnType<TaskService['row']>>

/** Tasks that are part of a task. All of them are executed as any other. */
export function createSubtaskService(deps: SubtaskDeps) {
  const { database, tasks } = deps

  return {
    async list(parent: RunRef, query: PageRequest): Promise<Page<Task>> {
      await requireRepoRun(database.orm, parent)
      const { rows, answer } = pageOf(
        await subtaskIdsQuery(database.orm, parent, query),
        query,
        placeOfSubtask,
      )
      const ids = rows.map(({ id }) => id)
      return { rows: await tasks.summaries(parent.workspaceId, ids), answer }
    },

    async status(parent: RunRef): Promise<SubtaskStatus> {
      await requireRepoRun(database.orm, parent)
      return await countSubtasks(database.orm, parent)
    },

    /** Throws INVALID_TRANSITION when the parent is done with, and what creating a task, or starting a review, throws. */
    async create(parent: RunRef, id: string, body: CreateSubtask, actor: string): Promise<Task> {
      await requireRepoRun(database.orm, parent)
      if (body.taskType === 'review') {
        const { prompt, agentType = null, model = null } = body
        const runId = await deps.reviews.start(parent, { id, prompt, agentType, model }, actor)
        return await tasks.view({ ...parent, runId })
      }
      const row = await tasks.row(parent)
      const agent = await agentOf(deps, row, body)
      const runId = await database.transaction(async (tx) => {
        // In the order in which everybody takes them.
        if (body.taskType === 'step') await lockDependencies(tx, parent.workspaceId)
        const run = await newSubtask(tx, parent, { ...agent, id, body })
        return (await deps.commands.createRunIn(tx, run, actor)).runId
      })
      return await tasks.view({ ...parent, runId })
    },

    /** Throws TASK_NOT_FOUND, also for what is no subtask of the parent. */
    async get(parent: RunRef, id: string): Promise<Task> {
      const subtask = await tasks.view({ ...parent, runId: id })
      if (subtask.parentTaskId === parent.runId) return subtask
      throw taskNotFound({ ...parent, runId: id })
    },
  }
}

/** The agent that was asked for, else that of the parent with its model. */
async function agentOf(
  { repos, agentTypes }: SubtaskDeps,
  parent: ParentRow,
  body: CreateSubtask,
): Promise<{ agentType: string; model: string | null }> {
  const id = parent.repositoryId ?? ''
  const repository = (await repos.byIds(parent.workspaceId, [id])).get(id)
  if (repository === undefined) {
    throw new OptioError('REPO_NOT_CONNECTED', 'The repository is not connected. Connect it first.')
  }
  const agentType = chooseAgent(body.agentType ?? parent.agentType, repository, agentTypes)
  return { agentType, model: body.model ?? (agentType === parent.agentType ? parent.model : null) }
}

/** With the parent's row held, so that no two steps get the same place, and it does not end meanwhile. */
async function newSubtask(
  tx: Transaction,
  parent: RunRef,
  given: { id: string; body: CreateSubtask; agentType: string; model: string | null },
): Promise<NewRun> {
  const { id, body, agentType, model } = given
  const row = await lockParentRow(tx, parent)
  if (row === null) throw taskNotFound(parent)
  if (row.state === 'completed' || row.state === 'cancelled') {
    throw new OptioError(
      'INVALID_TRANSITION',
      `The task is ${row.state}, so it takes no more subtasks. Create a task of its own instead.`,
      { details: { state: row.state } },
    )
  }
  const isStep = body.taskType === 'step'
  const last = isStep ? await findLastStep(tx, parent) : null
  return {
    id,
    workspaceId: parent.workspaceId,
    title: body.title ?? titleFromPrompt(body.prompt),
    prompt: body.prompt,
    description: null,
    repositoryId: row.repositoryId,
    baseRef: row.baseRef,
    agentType,
    model,
    priority: body.priority ?? row.priority,
    maxRetries: row.maxRetries,
    budgetUsd: null,
    metadata: {},
    ticket: null,
    dependsOn: last === null ? [] : [last.id],
    parent: {
      runId: parent.runId,
      taskType: isStep ? 'step' : 'child',
      blocksParent: body.blocksParent ?? isStep,
      order: isStep ? (last?.order ?? 0) + 1 : null,
    },
    held: !body.autoQueue,
  }
}
