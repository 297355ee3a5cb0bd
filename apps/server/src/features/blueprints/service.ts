import type { CreateTask, EditTask, RepoBlueprint, Standalone, StartedRun } from '@optio/contract'
import type { Database, Transaction } from '../../database/connection.ts'
import type { EngineCommands, RunRef } from '../../engine/engine.ts'
import type { Identity } from '../../http/authorize.ts'
import { appendEvents } from '../events/append.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import { refuseFixedFields } from '../tasks/fields.ts'
import { DEFINITION_TYPES, requireDefinition, taskNotFound } from '../tasks/resolve.ts'
import type { BlueprintFilter } from './conditions.ts'
import {
  type AgentPlace,
  blueprintChange,
  newBlueprint,
  repoAgent,
  requireStandaloneAgent,
} from './definition.ts'
import {
  type BlueprintRow,
  findBlueprints,
  findNamingSecrets,
  insertBlueprint,
  listBlueprintsQuery,
  lockBlueprint,
  type ShownBlueprint,
  updateBlueprint,
} from './queries.ts'
import { removeBlueprint } from './remove.ts'
import { previewRun, type RunStart, startRun } from './start-run.ts'
import { toDefinition } from './view.ts'

export interface BlueprintDeps extends AgentPlace {
  readonly database: Database
  readonly commands: EngineCommands
  readonly repos: RepoService
}

export type Definition = RepoBlueprint | Standalone
export type CreateDefinition = CreateTask & { type: Definition['type'] }

export type BlueprintService = ReturnType<typeof createBlueprintService>

/** Saved definitions: repo-blueprints and standalone tasks. What they have in common with tasks is for `tasks/service.ts`. */
export function createBlueprintService(deps: BlueprintDeps) {
  const { database, repos } = deps

  /** Throws TASK_NOT_FOUND, or WRONG_TASK_TYPE for what is executed. */
  const row = async (ref: RunRef): Promise<ShownBlueprint> => {
    const [found] = await findBlueprints(database.orm, ref.workspaceId, [ref.runId])
    if (found !== undefined) return found
    await requireDefinition(database.orm, ref)
    throw taskNotFound(ref)
  }
  const get = async (ref: RunRef): Promise<Definition> => toDefinition(await row(ref))

  return {
    row,
    get,

    /** Null when there is none of this id. */
    async find(ref: RunRef): Promise<Definition | null> {
      const [found] = await findBlueprints(database.orm, ref.workspaceId, [ref.runId])
      return found === undefined ? null : toDefinition(found)
    },

    /** By id; those that are gone are missing. */
    async byIds(
      workspaceId: string,
      ids: readonly string[],
      options: { readonly wholePrompts: boolean },
    ): Promise<ReadonlyMap<string, Definition>> {
      const rows = await findBlueprints(database.orm, workspaceId, ids, options)
      return new Map(rows.map((each) => [each.id, toDefinition(each)]))
    },

    async list(
      workspaceId: string,
      filter: BlueprintFilter & { readonly wholePrompts: boolean },
    ): Promise<Page<Definition>> {
      const { rows, answer } = pageOf(
        await listBlueprintsQuery(database.orm, workspaceId, filter),
        filter,
        placeOf,
      )
      return { rows: rows.map(toDefinition), answer }
    },

    /** Those whose agents are given one of these secrets. */
    namingSecrets: (workspaceId: string, names: readonly string[]) =>
      findNamingSecrets(database.orm, workspaceId, names),

    async create({ workspaceId, userId }: Identity, body: CreateDefinition, id: string): Promise<Definition> {
      const repository =
        body.type === 'repo-blueprint' ? await repos.requireByUrl(workspaceId, body.repoUrl) : null
      const blueprint = newBlueprint(body, repository?.id ?? null)
      if (repository === null) await requireStandaloneAgent(blueprint, deps)
      else {
        repoAgent(blueprint, repository, deps)
        await repos.requireBranch(repository, blueprint.baseRef ?? repository.defaultBranch)
      }
      await database.transaction(async (tx) => {
        await insertBlueprint(tx, { ...blueprint, id, workspaceId, createdBy: userId })
        await tell(tx, { ...blueprint, id, workspaceId }, 'created', userId)
      })
      return await get({ workspaceId, runId: id })
    },

    /** Throws VALIDATION for what cannot be changed of it, and all that `create` throws. */
    async edit(ref: RunRef, change: EditTask, actor: string): Promise<Definition> {
      const before = await row(ref)
      refuseFixedFields(change, DEFINITION_TYPES[before.kind])
      if (Object.keys(change).length === 0) return toDefinition(before)
      const repository =
        before.repositoryId === null
          ? null
          : ((await repos.byIds(ref.workspaceId, [before.repositoryId])).get(before.repositoryId) ?? null)
      if (change.repoBranch != null && repository !== null) {
        await repos.requireBranch(repository, change.repoBranch)
      }
      await database.transaction(async (tx) => {
        const current = await lockBlueprint(tx, ref.workspaceId, ref.runId, 'update')
        if (current === null) throw taskNotFound(ref)
        const columns = blueprintChange(change, current)
        const after = { ...current, ...columns } as BlueprintRow
        if (repository === null) await requireStandaloneAgent(after, deps)
        else if (change.agentType != null) repoAgent(after, repository, deps)
        await updateBlueprint(tx, ref.runId, columns)
        await tell(tx, after, 'edited', actor)
      })
      return await get(ref)
    },

    remove: (ref: RunRef, actor: string): Promise<void> => removeBlueprint(deps, ref, actor),

    /** See `start-run.ts`; with `tx` as a part of that transaction. */
    startRun: (start: RunStart, actor: string, tx?: Transaction): Promise<StartedRun> =>
      startRun(deps, start, actor, tx),

    async preview(ref: RunRef, params: Record<string, unknown> | null) {
      return previewRun(await row(ref), params)
    },
  }
}

/** Readers of lists are told; a definition has no history of its own. */
async function tell(
  tx: Transaction,
  { id, workspaceId, kind, name }: Pick<BlueprintRow, 'id' | 'workspaceId' | 'kind' | 'name'>,
  what: 'created' | 'edited',
  actor: string,
): Promise<void> {
  await appendEvents(tx, [
    {
      workspaceId,
      runId: null,
      type: `task:${what}`,
      trigger: 'person',
      message: `${what === 'created' ? 'Created' : 'Changed'} “${name}”.`,
      actor,
      data: { definitionId: id, definitionType: DEFINITION_TYPES[kind], title: name },
    },
  ])
}
