import {
  type CreateTask,
  type EditTask,
  type Environment,
  type ListTaskEventsQuery,
  type ListTasksQuery,
  OptioError,
  type Task,
  type TaskEvent,
  type TaskStats,
} from '@optio/contract'
import { checksStatus } from '@optio/core'
import { z } from 'zod'
import type { Database } from '../../database/connection.ts'
import type { EngineCommands, RunRef } from '../../engine/engine.ts'
import type { Identity } from '../../http/authorize.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import { type EnvironmentPlace, readEnvironment } from './environment.ts'
import { chooseAgent, newRun, requireRepoTask } from './new-task.ts'
import {
  countByState,
  countWaitingForPerson,
  findAttempts,
  findLiveAttempt,
  findOpenObservations,
  findTask,
  findTransitions,
  findUnfinishedIds,
  listTasksQuery,
  type TaskRow,
} from './queries.ts'
import { stallInfo, toAttempt, toTask, toTaskEvent, whyItWaits } from './view.ts'

/** Cursor of a history: the id of the last event that was seen. */
const eventPlace = z.object({ e: z.int().min(0) })

export interface TaskDeps {
  readonly database: Database
  readonly commands: EngineCommands
  readonly repos: RepoService
  readonly agentTypes: ReadonlySet<string>
  /** The last thing the log of a run says, in short; null while it is empty. */
  readonly lastLogSummary: (ref: RunRef) => Promise<string | null>
  readonly environments: EnvironmentPlace
}

export type TaskService = ReturnType<typeof createTaskService>

export function createTaskService(deps: TaskDeps) {
  const { orm } = deps.database

  /** Throws TASK_NOT_FOUND, also for a task of another workspace. */
  const row = async (ref: RunRef): Promise<TaskRow> => {
    const found = await findTask(orm, ref)
    if (found !== null) return found
    throw new OptioError('TASK_NOT_FOUND', `There is no task ${ref.runId}.`)
  }

  const views = async (rows: readonly TaskRow[], isSummary: boolean): Promise<Task[]> => {
    const [first] = rows
    if (first === undefined) return []
    const ids = rows.flatMap(({ repositoryId }) => (repositoryId === null ? [] : [repositoryId]))
    const repositories = await deps.repos.byIds(first.workspaceId, ids)
    return rows.map((each) => {
      const repository = repositories.get(each.repositoryId ?? '')
      return toTask(each, { repoBranch: each.baseRef ?? repository?.defaultBranch ?? null, isSummary })
    })
  }

  const view = async (ref: RunRef): Promise<Task> => {
    const [task] = await views([await row(ref)], false)
    if (task === undefined) throw new Error('unreachable: one row makes one view')
    return task
  }

  return {
    row,
    view,

    async create(identity: Identity, body: CreateTask): Promise<Task> {
      const { workspaceId, userId } = identity
      requireRepoTask(body.type)
      const repository = await requireRepository(deps.repos, workspaceId, body.repoUrl)
      const agentType = chooseAgent(body.agentType, repository, deps.agentTypes)
      const run = newRun(body, { workspaceId, repositoryId: repository.id, agentType })
      await deps.repos.requireBranch(repository, run.baseRef ?? repository.defaultBranch)
      const { runId } = await deps.commands.createRun(run, userId)
      return await view({ workspaceId, runId })
    },

    async list(identity: Identity, query: ListTasksQuery): Promise<Page<Task>> {
      const isSummary = query.fields === 'summary'
      // Definitions come with a later issue, and so do tasks with a parent.
      const none = !['repo-task', 'all'].includes(query.type) || query.parentTaskId !== undefined
      const filter = {
        limit: query.limit,
        offset: query.offset,
        cursor: query.cursor,
        states: query.state,
        repoUrl: query.repoUrl && (await deps.repos.canonicalUrl(identity.workspaceId, query.repoUrl)),
        agentType: query.agentType,
        waitingOn: query.waitingOn,
        words: query.q,
        since: query.since,
        until: query.until,
        createdBy: query.createdBy,
        wholePrompts: !isSummary,
        none,
      }
      const page = pageOf(await listTasksQuery(orm, identity.workspaceId, filter), query, placeOf)
      return { rows: await views(page.rows as readonly TaskRow[], isSummary), answer: page.answer }
    },

    /** The task, why it waits, and whether its agent is silent. */
    async detail(ref: RunRef) {
      const found = await row(ref)
      const [task] = await views([found], false)
      if (task === undefined) throw new Error('unreachable: one row makes one view')
      const live = await findLiveAttempt(orm, ref)
      const repository = (await deps.repos.byIds(ref.workspaceId, [found.repositoryId ?? ref.runId])).get(
        found.repositoryId ?? '',
      )
      const stall =
        live === null
          ? null
          : stallInfo(live, {
              thresholdMs: repository?.stallThresholdMs ?? 300_000,
              lastLogSummary: await deps.lastLogSummary(ref),
              now: Date.now(),
            })
      // Only a queued task waits for what happens to others, and so has words that age.
      const explanation = found.state === 'queued' ? await deps.commands.explain(ref) : found.explanation
      return {
        task,
        ...whyItWaits(found.state, explanation),
        pipelineProgress: null,
        stallInfo: stall,
      }
    },

    async edit(ref: RunRef, change: EditTask, actor: string): Promise<Task> {
      await row(ref)
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
      if (Object.keys(given).length > 0) await deps.commands.edit(ref, given, actor)
      return await view(ref)
    },

    async remove(ref: RunRef, actor: string): Promise<void> {
      await row(ref)
      await deps.commands.remove(ref, actor)
    },

    async attempts(ref: RunRef) {
      await row(ref)
      return (await findAttempts(orm, ref)).map(toAttempt)
    },

    async environment(ref: RunRef): Promise<Environment> {
      await row(ref)
      return await readEnvironment(orm, deps.environments, ref)
    },

    async events(ref: RunRef, query: ListTaskEventsQuery): Promise<Page<TaskEvent>> {
      await row(ref)
      const after = query.cursor === undefined ? 0 : decodeCursor(eventPlace, query.cursor).e
      const found = await findTransitions(orm, ref, { ...query, after })
      const page = pageOf(found, query, ({ id }) => ({ e: id }))
      return { rows: page.rows.map((event) => toTaskEvent(event, ref.runId)), answer: page.answer }
    },

    async stats({ workspaceId }: Identity): Promise<TaskStats> {
      const counts = await countByState(orm, workspaceId)
      const observations = await findOpenObservations(orm, workspaceId)
      const ci = observations.filter((seen) => seen !== null && checksStatus(seen) === 'pending').length
      const sum = (...states: Task['state'][]) => states.reduce((n, state) => n + (counts.get(state) ?? 0), 0)
      return {
        total: [...counts.values()].reduce((a, b) => a + b, 0),
        queued: sum('pending', 'waiting_on_deps', 'queued'),
        running: sum('provisioning', 'running'),
        ci,
        review: observations.length - ci,
        needsAttention: sum('needs_attention'),
        waitingForPerson: await countWaitingForPerson(orm, workspaceId),
        failed: sum('failed'),
        completed: sum('completed'),
      }
    },

    unfinishedIds: (workspaceId: string, repositoryId: string) =>
      findUnfinishedIds(orm, workspaceId, repositoryId),
  }
}

async function requireRepository(
  repos: RepoService,
  workspaceId: string,
  repoUrl: string | null | undefined,
) {
  if (repoUrl == null) {
    throw new OptioError(
      'REPO_NOT_CONNECTED',
      'A repo-task needs repoUrl: the address of a connected repository.',
    )
  }
  const repository = await repos.findByUrl(workspaceId, repoUrl)
  if (repository !== null) return repository
  throw new OptioError(
    'REPO_NOT_CONNECTED',
    `${JSON.stringify(repoUrl.slice(0, 300))} is not connected. Connect it first (POST /api/repos).`,
  )
}
