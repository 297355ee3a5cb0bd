import { OptioError, type StartedRun } from '@optio/contract'
import { renderTemplate, renderTitle, validateParams } from '@optio/core'
import type { Database, Transaction } from '../../database/connection.ts'
import type { EngineCommands, NewRun } from '../../engine/engine.ts'
import type { RepoService } from '../repos/service.ts'
import { requireDefinition } from '../tasks/resolve.ts'
import { type AgentPlace, repoAgent, requireStandaloneAgent } from './definition.ts'
import { type BlueprintRow, findBlueprints, lockBlueprint } from './queries.ts'

export interface StartDeps extends AgentPlace {
  readonly database: Database
  readonly commands: Pick<EngineCommands, 'createRunIn'>
  readonly repos: RepoService
}

type Params = Readonly<Record<string, unknown>>

/** What is to be run, with what. */
export interface RunStart {
  readonly workspaceId: string
  readonly blueprintId: string
  /** Null for none. */
  readonly params: Params | null
  /** What starts it by itself; null for a person. `isForeign`: the parameters are the words of whoever can reach the trigger. */
  readonly trigger: { readonly id: string; readonly isForeign: boolean } | null
  /** Left out: a new one. */
  readonly runId?: string
}

/**
 * Makes a run of a definition. With `tx` all of it is part of that transaction; without, the branch of a blueprint is looked for first,
 * for whoever waits for the answer. Throws TASK_NOT_FOUND, WRONG_TASK_TYPE, TASK_DISABLED, PARAMS_INVALID, TEMPLATE_INVALID,
 * REPO_NOT_CONNECTED, BRANCH_NOT_FOUND, AGENT_NOT_AVAILABLE.
 */
export async function startRun(
  deps: StartDeps,
  start: RunStart,
  actor: string,
  tx?: Transaction,
): Promise<StartedRun> {
  if (tx !== undefined) return await startIn(deps, tx, start, actor)
  await requireItsBranch(deps, start)
  return await deps.database.transaction((own) => startIn(deps, own, start, actor))
}

async function startIn(
  deps: StartDeps,
  tx: Transaction,
  start: RunStart,
  actor: string,
): Promise<StartedRun> {
  const { workspaceId, blueprintId, trigger } = start
  const row = await lockBlueprint(tx, workspaceId, blueprintId, 'share')
  if (row === null) throw await whyNone(tx, start)
  if (!row.enabled) {
    throw new OptioError('TASK_DISABLED', `“${row.name}” is disabled. Enable it, then run it.`)
  }
  const params = validateParams(row.paramsSchema, start.params ?? {})
  const foreign = trigger?.isForeign ? Object.keys(start.params ?? {}) : false
  const words = renderWords(row, params, { strict: false, foreign })
  const run: NewRun = {
    ...(start.runId === undefined ? {} : { id: start.runId }),
    workspaceId,
    kind: row.kind,
    ...words,
    description: row.description,
    repositoryId: row.repositoryId,
    baseRef: row.baseRef,
    agentType: await agentOf(deps, tx, row),
    model: row.model,
    priority: row.priority,
    maxRetries: row.maxRetries,
    maxTurns: row.maxTurns,
    agentSecrets: row.agentSecrets,
    budgetUsd: row.budgetUsd,
    metadata: row.metadata,
    ticket: null,
    dependsOn: [],
    origin: { blueprintId, triggerId: trigger?.id ?? null, params },
    ...(row.kind === 'standalone'
      ? { agentCommand: row.agentCommand, environmentSpec: row.environmentSpec }
      : {}),
  }
  const { runId } = await deps.commands.createRunIn(tx, run, actor)
  return { runId, type: row.kind === 'standalone' ? 'workflow-run' : 'repo-task' }
}

/** What a run is told by, and what its parameters may be. */
type Templates = Pick<BlueprintRow, 'name' | 'title' | 'prompt' | 'paramsSchema'>

/** What a run with these parameters would be told: strict about what the templates name and nobody gave. */
export function previewRun(
  row: Templates,
  params: Params | null,
): { readonly title: string; readonly prompt: string } {
  const known = validateParams(row.paramsSchema, params ?? {})
  return renderWords(row, known, { strict: true, foreign: false })
}

function renderWords(
  row: Templates,
  params: Params,
  how: { readonly strict: boolean; readonly foreign: readonly string[] | false },
): { readonly title: string; readonly prompt: string } {
  const variables = { ...declared(row.paramsSchema), ...params }
  const prompt = renderTemplate(row.prompt, variables, how)
  if (prompt.trim() === '') {
    throw new OptioError('TEMPLATE_INVALID', 'With these parameters nothing is left of the prompt.')
  }
  const isForeign = how.foreign !== false
  const title = row.title === null ? '' : renderTitle(row.title, variables, { strict: how.strict, isForeign })
  return { title: title.trim() || row.name, prompt }
}

/** Parameters that the schema names are known, if empty, also where they are not given. */
function declared(schema: Params | null): Record<string, null> {
  const properties = schema?.properties
  if (typeof properties !== 'object' || properties === null) return {}
  return Object.fromEntries(Object.keys(properties).map((name) => [name, null]))
}

async function agentOf(deps: StartDeps, tx: Transaction, row: BlueprintRow): Promise<string> {
  if (row.repositoryId === null) {
    await requireStandaloneAgent(row, deps)
    return row.agentType ?? ''
  }
  const repository = (await deps.repos.byIds(row.workspaceId, [row.repositoryId], tx)).get(row.repositoryId)
  if (repository === undefined || repository.disconnectedAt !== null) {
    throw new OptioError('REPO_NOT_CONNECTED', 'Its repository is not connected any more. Connect it again.')
  }
  return repoAgent(row, repository, deps)
}

/** Of the definition as it is before the transaction: git is not to be waited for with rows locked. */
async function requireItsBranch(
  { database, repos }: StartDeps,
  { workspaceId, blueprintId }: RunStart,
): Promise<void> {
  const [row] = await findBlueprints(database.orm, workspaceId, [blueprintId])
  if (row === undefined || row.repositoryId === null || !row.enabled) return
  const repository = (await repos.byIds(workspaceId, [row.repositoryId])).get(row.repositoryId)
  if (repository === undefined || repository.disconnectedAt !== null) return
  await repos.requireBranch(repository, row.baseRef ?? repository.defaultBranch)
}

async function whyNone(tx: Transaction, { workspaceId, blueprintId }: RunStart): Promise<Error> {
  return await requireDefinition(tx, { workspaceId, runId: blueprintId }).then(
    () => new OptioError('TASK_NOT_FOUND', `There is no task ${blueprintId}.`),
    (error: Error) => error,
  )
}
