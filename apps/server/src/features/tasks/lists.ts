import type { AnyTask, ListRunsQuery, ListTasksQuery, Task } from '@optio/contract'
import type { Database } from '../../database/connection.ts'
import type { RunRef } from '../../engine/engine.ts'
import type { Identity } from '../../http/authorize.ts'
import type { BlueprintService } from '../blueprints/service.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import { createDeepOffsets } from './deep-offset.ts'
import { createListQueries, type TaskFilter } from './list-query.ts'
import { createTaskRows } from './queries.ts'
import { toTask } from './view.ts'

export interface ListDeps {
  readonly database: Database
  readonly repos: RepoService
  readonly blueprints: BlueprintService
}

/** Pages of runs, of definitions, and of both. */
export function createTaskLists({ database, repos, blueprints }: ListDeps) {
  const { orm } = database

  const rowsOf = createTaskRows(orm)
  const { runs: listRuns, all: listAll } = createListQueries(orm)
  const nearRuns = createDeepOffsets(listRuns)
  const nearAll = createDeepOffsets(listAll)

  /** In the order of their ids; what is gone is left out. */
  const views = async (workspaceId: string, ids: readonly string[], isSummary: boolean): Promise<Task[]> => {
    const rows = await rowsOf(workspaceId, ids, isSummary)
    // Runs have their branch written down; those that were made before that was so do not.
    const unsure = rows.flatMap(({ baseRef, repositoryId }) =>
      baseRef === null && repositoryId !== null ? [repositoryId] : [],
    )
    const repositories = unsure.length === 0 ? null : await repos.byIds(workspaceId, unsure)
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.flatMap((id) => {
      const row = byId.get(id)
      if (row === undefined) return []
      const branch = row.baseRef ?? repositories?.get(row.repositoryId ?? '')?.defaultBranch ?? null
      return toTask(row, { repoBranch: branch, isSummary })
    })
  }

  /** Which they are is found out first, then what they are: whatever else is read is read for the page only. */
  const runsPage = async (workspaceId: string, filter: TaskFilter): Promise<Page<Task>> => {
    const found = await listRuns(workspaceId, await nearRuns(workspaceId, filter))
    const { rows, answer } = pageOf(found, filter, placeOf)
    const ids = rows.map(({ id }) => id)
    return { rows: await views(workspaceId, ids, !filter.wholePrompts), answer }
  }

  const mixedPage = async (workspaceId: string, filter: TaskFilter): Promise<Page<AnyTask>> => {
    const listed = await listAll(workspaceId, await nearAll(workspaceId, filter))
    const { rows: places, answer } = pageOf(listed, filter, placeOf)
    const ids = (isDefinition: boolean) =>
      places.filter((each) => each.isDefinition === isDefinition).map(({ id }) => id)
    const [tasks, definitions] = await Promise.all([
      views(workspaceId, ids(false), !filter.wholePrompts),
      blueprints.byIds(workspaceId, ids(true), filter),
    ])
    const found = new Map<string, AnyTask>(definitions)
    for (const task of tasks) found.set(task.id, task)
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
        return await runsPage(workspaceId, { ...filter, ...(everyKind && { everyKind }) })
      }
      const kind = query.type === 'standalone' ? 'standalone' : 'repo'
      return await blueprints.list(workspaceId, { ...filter, kind, none: filter.none || onlyRuns })
    },

    /** What is executed, shortened, in the order of these ids; what is gone is left out. */
    summaries: (workspaceId: string, ids: readonly string[]): Promise<Task[]> =>
      views(workspaceId, ids, true),

    /** What was run of a definition, newest first, as summaries. */
    runsOf: ({ workspaceId, runId }: RunRef, query: ListRunsQuery): Promise<Page<Task>> =>
      runsPage(workspaceId, { ...query, blueprintId: runId, wholePrompts: false, none: false }),
  }
}

async function filterOf(repos: RepoService, workspaceId: string, query: ListTasksQuery): Promise<TaskFilter> {
  const { repoUrl } = query
  const repositoryId = repoUrl === undefined ? undefined : await repos.idByUrl(workspaceId, repoUrl)
  return {
    limit: query.limit,
    offset: query.offset,
    cursor: query.cursor,
    states: query.state,
    repositoryId: repositoryId ?? undefined,
    agentType: query.agentType,
    waitingOn: query.waitingOn,
    words: query.q,
    parentTaskId: query.parentTaskId,
    blueprintId: query.blueprintId,
    since: query.since,
    until: query.until,
    createdBy: query.createdBy,
    wholePrompts: query.fields === 'full',
    none: repositoryId === null,
  }
}
