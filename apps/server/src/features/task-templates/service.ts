import {
  type CreateTaskTemplate,
  type EditTaskTemplate,
  type ListTaskTemplatesQuery,
  OptioError,
  type TaskTemplate,
} from '@optio/contract'
import type { Database } from '../../database/connection.ts'
import type { Identity } from '../../http/authorize.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import {
  deleteTaskTemplate,
  findTaskTemplate,
  insertTaskTemplate,
  listTaskTemplatesQuery,
  type TaskTemplateChange,
  type TaskTemplateRow,
  updateTaskTemplate,
} from './queries.ts'
import { toTaskTemplate } from './view.ts'

export interface TaskTemplateDeps {
  readonly database: Database
  readonly repos: RepoService
}

export type TaskTemplateService = ReturnType<typeof createTaskTemplateService>

/** Tasks that are filled in beforehand: whoever creates one takes over what the template says. */
export function createTaskTemplateService({ database: { orm }, repos }: TaskTemplateDeps) {
  const row = async (workspaceId: string, id: string): Promise<TaskTemplateRow> =>
    (await findTaskTemplate(orm, workspaceId, id)) ?? notFound(id)

  const shown = async (rows: readonly TaskTemplateRow[]): Promise<TaskTemplate[]> => {
    const ids = rows.flatMap(({ repositoryId }) => repositoryId ?? [])
    const [workspaceId = ''] = rows.map((each) => each.workspaceId)
    const repositories = await repos.byIds(workspaceId, ids)
    return rows.map((each) =>
      toTaskTemplate(each, repositories.get(each.repositoryId ?? '')?.repoUrl ?? null),
    )
  }
  const showOne = async (found: TaskTemplateRow): Promise<TaskTemplate> =>
    (await shown([found]))[0] ?? notFound(found.id)

  return {
    async list({ workspaceId }: Identity, query: ListTaskTemplatesQuery): Promise<Page<TaskTemplate>> {
      const { repoUrl, ...filter } = query
      const repository = repoUrl === undefined ? undefined : await repos.findByUrl(workspaceId, repoUrl)
      // No template is of a repository that is not connected.
      const found =
        repository === null
          ? []
          : await listTaskTemplatesQuery(orm, workspaceId, { ...filter, repositoryId: repository?.id })
      const { rows, answer } = pageOf(found, query, placeOf)
      return { rows: await shown(rows), answer }
    },

    get: async ({ workspaceId }: Identity, id: string): Promise<TaskTemplate> =>
      await showOne(await row(workspaceId, id)),

    /** Throws REPO_NOT_CONNECTED. */
    async create(
      { workspaceId, userId }: Identity,
      body: CreateTaskTemplate,
      id: string,
    ): Promise<TaskTemplate> {
      const repositoryId =
        body.repoUrl == null ? null : (await repos.requireByUrl(workspaceId, body.repoUrl)).id
      return await showOne(
        await insertTaskTemplate(orm, {
          id,
          workspaceId,
          name: body.name,
          title: body.title ?? null,
          prompt: body.prompt,
          repositoryId,
          agentType: body.agentType ?? null,
          priority: body.priority ?? null,
          metadata: body.metadata ?? {},
          createdBy: userId,
        }),
      )
    },

    /** Throws TEMPLATE_NOT_FOUND and REPO_NOT_CONNECTED. */
    async edit({ workspaceId }: Identity, id: string, body: EditTaskTemplate): Promise<TaskTemplate> {
      const { repoUrl, ...columns } = body
      const repositoryId = repoUrl == null ? null : (await repos.requireByUrl(workspaceId, repoUrl)).id
      const given = { ...columns, ...(repoUrl === undefined ? {} : { repositoryId }) }
      const change = Object.fromEntries(
        Object.entries(given).filter(([, value]) => value !== undefined),
      ) as TaskTemplateChange
      if (Object.keys(change).length === 0) return await showOne(await row(workspaceId, id))
      return await showOne((await updateTaskTemplate(orm, workspaceId, id, change)) ?? notFound(id))
    },

    /** Tasks that were made from it are left as they are. */
    async remove({ workspaceId }: Identity, id: string): Promise<void> {
      if (!(await deleteTaskTemplate(orm, workspaceId, id))) notFound(id)
    },
  }
}

function notFound(id: string): never {
  throw new OptioError('TEMPLATE_NOT_FOUND', `There is no task template ${id}.`)
}
