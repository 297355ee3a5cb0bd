import type { AnyTask, ListRunsQuery, ListTasksQuery, Task } from '@optio/contract'
import type { Database } from '../../database/connection.ts'
import type { RunRef } from '../../engine/engine.ts'
import type { Identity } from '../../http/authorize.ts'
import type { BlueprintService } from '../blueprints/service.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import { listAllQuery, listTasksQuery, type TaskFilter } from './list-query.ts'
import { findTasks, type TaskRow } from './queries.ts'
import { toTask } from './view.ts'

export interface ListDeps {
  readonly database: Database
  readonly repos: RepoService
  readonly blueprints: BlueprintService
}

/** Pages of runs, of definitions, and of both. */
export function createTaskLists({ database, repos, blueprints }: ListDeps) {
  const { orm } = database

  const views = async (rows: readonly TaskRow[], isSummary: boolean): Promise<Task[]> => {
    // Runs have their branch written down; those that were made before that was so do not.
    const unsure = rows.filter(({ baseRef, repositoryId }) => baseRef === null && repositoryId !== null)
    const ids = unsure.flatMap(({ repositoryId }) => (repositoryId === null ? [] : [repositoryId]))
    const workspaceId = rows[0]?.workspaceId ?? ''
    const repositories = ids.length === 0 ? null : await repos.byIds(workspaceId, ids)
    return rows.map((row) => {
      const branch = row.baseRef ?? repositories?.get(row.repositoryId ?? '')?.defaultBranch ?? null
      return toTask(row, { repoBranch: branch, isSummary })
    })
  }

  const runsPage = async (
    workspaceId: string,
    filter: TaskFilter,
  ): Promise<{ readonly rows: readonly TaskRow[]; readonly answer: Page<TaskRow>['answer'] }> => {
    const { rows, answer } = pageOf(await listTasksQuery(orm, workspaceId, filter), filter, placeOf)
    return { rows: rows as readonly TaskRow[], answer }
  }

  /** Which they are is found out first, then what they are. */
  const mixedPage = async (workspaceId: string, filter: TaskFilter): Promise<Page<AnyTask>> => {
    const { rows: places, answer } = pageOf(await listAllQuery(orm, workspaceId, filter), filter, placeOf)
    const ids = (isDefinition: boolean) =>
      places.filter((each) => each.isDefinition === isDefinition).map(({ id }) => id)
    const tasks = await views(await findTasks(orm, workspaceId, ids(false), filter), !filter.wholePrompts)
    const found = new Map<string, AnyTask>(tasks.map((task) => [task.id, task]))
    for (const [id, definition] of await blueprints.byIds(workspaceId, ids(true), filter)) {
      found.set(id, definition)
    }
    return { rows: places.flatMap(({ id }) => found.get(id) ?? []), answer }
  }

  return {
    async list({ workspaceId }: Identity, query: ListTasksQuery): Promise<Page<AnyTask>> {
      const filter = await filterOf(repos, workspaceId, query)
      // What only runs have, no definition has.
      const onlyRuns =
        filter.states !== undefined ||
        filter.waitingOn !== undefined ||
        filter.parentTaskId !== undefined ||
        filter.blueprintId !== undefined
      if (query.type === 'all' && !onlyRuns) return await mixedPage(workspaceId, filter)
      if (query.type === 'all' || query.type === 'repo-task') {
        // Whoever asks what waits for them means all of it.
        const everyKind = query.type === 'all' && filter.waitingOn?.every((each) => each === 'person')
        const { rows, answer } = await runsPage(workspaceId, { ...filter, ...(everyKind && { everyKind }) })
        return { rows: await views(rows, !filter.wholePrompts), answer }
      }
      const kind = query.type === 'standalone' ? 'standalone' : 'repo'
      return await blueprints.list(workspaceId, { ...filter, kind, none: onlyRuns })
    },

    /** What is executed, shortened, in the order of these ids; what is gone is left out. */
    async summaries(workspaceId: string, ids: readonly string[]): Promise<Task[]> {
      const rows = await findTasks(orm, workspaceId, ids, { wholePrompts: false })
      const byId = new Map((await views(rows, true)).map((task) => [task.id, task]))
      return ids.flatMap((id) => byId.get(id) ?? [])
    },

    /** What was run of a definition, newest first, as summaries. */
    async runsOf({ workspaceId, runId }: RunRef, query: ListRunsQuery): Promise<Page<Task>> {
      const filter = { ...query, blueprintId: runId, wholePrompts: false, none: false }
      const { rows, answer } = await runsPage(workspaceId, filter)
      return { rows: await views(rows, true), answer }
    },
  }
}

async function filterOf(repos: RepoService, workspaceId: string, query: ListTasksQuery): Promise<TaskFilter> {
  return {
    limit: query.limit,
    offset: query.offset,
    cursor: query.cursor,
    states: query.state,
    repoUrl: query.repoUrl && (await repos.canonicalUrl(workspaceId, query.repoUrl)),
    agentType: query.agentType,
    waitingOn: query.waitingOn,
    words: query.q,
    parentTaskId: query.parentTaskId,
    blueprintId: query.blueprintId,
    since: query.since,
    until: query.until,
    createdBy: query.createdBy,
    wholePrompts: query.fields === 'full',
    none: false,
  }
}
