import {
  type CreatePromptTemplate,
  type EditPromptTemplate,
  type EffectiveTemplate,
  type ListPromptTemplatesQuery,
  OptioError,
  type PreviewText,
  type PromptTemplate,
} from '@optio/contract'
import {
  BUILT_IN_TEMPLATES,
  checkParamsSchema,
  type Params,
  type PromptTemplateKind,
  variablesOf,
} from '@optio/core'
import type { Database } from '../../database/connection.ts'
import type { Identity } from '../../http/authorize.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import { checkTemplateField } from './check-field.ts'
import { readEffective } from './effective.ts'
import { previewTemplate } from './preview.ts'
import {
  deletePromptTemplate,
  findPromptTemplate,
  insertPromptTemplate,
  listPromptTemplatesQuery,
  lockDefaults,
  type PromptTemplateRow,
  takeDefault,
  updatePromptTemplate,
} from './queries.ts'
import { toPromptTemplate } from './view.ts'

export interface PromptTemplateDeps {
  readonly database: Database
  readonly repos: RepoService
}

export type PromptTemplateService = ReturnType<typeof createPromptTemplateService>

/** Words that agents are given instead of the built-in ones. */
export function createPromptTemplateService({ database, repos }: PromptTemplateDeps) {
  const { orm } = database

  const row = async (workspaceId: string, id: string): Promise<PromptTemplateRow> =>
    (await findPromptTemplate(orm, workspaceId, id)) ?? notFound(id)

  const shown = async (rows: readonly PromptTemplateRow[]): Promise<PromptTemplate[]> => {
    const ids = rows.flatMap(({ repositoryId }) => repositoryId ?? [])
    const [workspaceId = ''] = rows.map((each) => each.workspaceId)
    const repositories = await repos.byIds(workspaceId, ids)
    return rows.map((each) =>
      toPromptTemplate(each, repositories.get(each.repositoryId ?? '')?.repoUrl ?? null),
    )
  }
  const showOne = async (found: PromptTemplateRow): Promise<PromptTemplate> =>
    (await shown([found]))[0] ?? notFound(found.id)

  return {
    async list({ workspaceId }: Identity, query: ListPromptTemplatesQuery): Promise<Page<PromptTemplate>> {
      const { repoUrl, ...filter } = query
      const repository = repoUrl === undefined ? undefined : await repos.findByUrl(workspaceId, repoUrl)
      // No template is of a repository that is not connected.
      const found =
        repository === null
          ? []
          : await listPromptTemplatesQuery(orm, workspaceId, { ...filter, repositoryId: repository?.id })
      const { rows, answer } = pageOf(found, query, placeOf)
      return { rows: await shown(rows), answer }
    },

    get: async ({ workspaceId }: Identity, id: string): Promise<PromptTemplate> =>
      await showOne(await row(workspaceId, id)),

    /** Throws TEMPLATE_INVALID, VALIDATION (of `paramsSchema`) and REPO_NOT_CONNECTED. */
    async create(
      { workspaceId, userId }: Identity,
      body: CreatePromptTemplate,
      id: string,
    ): Promise<PromptTemplate> {
      checkWords(body)
      const repositoryId =
        body.repoUrl == null ? null : (await repos.requireByUrl(workspaceId, body.repoUrl)).id
      const created = await database.transaction(async (tx) => {
        await lockDefaults(tx, workspaceId)
        const place = { workspaceId, kind: body.kind, repositoryId }
        const isDefault = body.isDefault ?? repositoryId !== null
        if (isDefault) await takeDefault(tx, place, id)
        return await insertPromptTemplate(tx, {
          ...place,
          id,
          name: body.name,
          template: body.template,
          description: body.description ?? null,
          paramsSchema: body.paramsSchema ?? null,
          isDefault,
          defaultAgentType: body.defaultAgentType ?? null,
          createdBy: userId,
        })
      })
      return await showOne(created)
    },

    /** Throws what `create` throws, and TEMPLATE_NOT_FOUND. */
    async edit({ workspaceId }: Identity, id: string, body: EditPromptTemplate): Promise<PromptTemplate> {
      checkWords(body)
      const { repoUrl, ...columns } = body
      const moved = repoUrl == null ? null : (await repos.requireByUrl(workspaceId, repoUrl)).id
      const change = { ...columns, ...(repoUrl === undefined ? {} : { repositoryId: moved }) }
      if (Object.keys(change).length === 0) return await showOne(await row(workspaceId, id))
      const edited = await database.transaction(async (tx) => {
        await lockDefaults(tx, workspaceId)
        const before = await findPromptTemplate(tx, workspaceId, id)
        if (before === null) return notFound(id)
        const after = { ...before, ...withoutUndefined(change) }
        if (after.isDefault) await takeDefault(tx, after, id)
        return (await updatePromptTemplate(tx, workspaceId, id, withoutUndefined(change))) ?? notFound(id)
      })
      return await showOne(edited)
    },

    /** Runs that were started with it are left as they are. */
    async remove({ workspaceId }: Identity, id: string): Promise<void> {
      if (!(await deletePromptTemplate(orm, workspaceId, id))) notFound(id)
    },

    async preview({ workspaceId }: Identity, id: string, params: Params | null): Promise<string> {
      return previewTemplate(await row(workspaceId, id), params)
    },

    async previewText({ template, kind, params }: PreviewText): Promise<string> {
      checkTemplateField('template', template)
      return previewTemplate({ template, kind, paramsSchema: null }, params ?? null)
    },

    async effective(
      { workspaceId }: Identity,
      kind: PromptTemplateKind,
      repoUrl: string | undefined,
    ): Promise<EffectiveTemplate> {
      const repository = repoUrl === undefined ? null : await repos.requireByUrl(workspaceId, repoUrl)
      const { template, source } = await readEffective(orm, workspaceId, repository, kind)
      return { template, source, builtIn: BUILT_IN_TEMPLATES[kind], variables: variablesOf(kind) }
    },
  }
}

function checkWords(given: Pick<EditPromptTemplate, 'template' | 'paramsSchema'>): void {
  if (given.paramsSchema != null) checkParamsSchema(given.paramsSchema, 'body.paramsSchema')
  if (given.template !== undefined) checkTemplateField('template', given.template)
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(given: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<
    Defined<T>
  >
}

function notFound(id: string): never {
  throw new OptioError('TEMPLATE_NOT_FOUND', `There is no prompt template ${id}.`)
}
