import { OptioError } from '@optio/contract'
import type { RunKind } from '@optio/core'
import { sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { plannedOnce } from '../../database/planned-once.ts'
import type { RunRef } from '../../engine/engine.ts'

/** API types of definitions, by their kind in the database. */
export const DEFINITION_TYPES = { repo: 'repo-blueprint', standalone: 'standalone' } as const
export type DefinitionKind = keyof typeof DEFINITION_TYPES
export type DefinitionType = (typeof DEFINITION_TYPES)[DefinitionKind]

/** What an id below `/api/tasks` belongs to: something that is executed, or a definition. */
export type Resolved =
  | { readonly what: 'run'; readonly kind: RunKind }
  | { readonly what: 'definition'; readonly kind: DefinitionKind; readonly type: DefinitionType }

/** Null when the workspace has nothing of this id. */
export async function resolveTask(db: Queries, { workspaceId, runId }: RunRef): Promise<Resolved | null> {
  const { rows } = await db.execute<
    { what: 'run'; kind: RunKind } | { what: 'definition'; kind: DefinitionKind }
  >(sql`
    select 'run' as what, kind from runs where id = ${runId} and workspace_id = ${workspaceId}
    union all
    select 'definition', kind from blueprints where id = ${runId} and workspace_id = ${workspaceId} ${plannedOnce}`)
  const [found] = rows
  if (found === undefined) return null
  if (found.what === 'run') return found
  return { what: 'definition', kind: found.kind, type: DEFINITION_TYPES[found.kind] }
}

/** For what only something that is executed has. Throws TASK_NOT_FOUND, or WRONG_TASK_TYPE for a definition. */
export async function requireRun(db: Queries, ref: RunRef): Promise<RunKind> {
  const found = await resolveTask(db, ref)
  if (found === null) throw taskNotFound(ref)
  if (found.what === 'run') return found.kind
  throw wrongTaskType(`a ${found.type}`, 'Definitions are not executed themselves: take one of its runs.')
}

/** For what only a run that works on a repository has (subtasks, dependencies). Throws TASK_NOT_FOUND, or WRONG_TASK_TYPE. */
export async function requireRepoRun(db: Queries, ref: RunRef): Promise<void> {
  const kind = await requireRun(db, ref)
  if (kind === 'repo') return
  throw wrongTaskType(
    kind === 'review' ? 'a review' : 'a run of a standalone task',
    'Only a repo-task that writes code has this.',
  )
}

/** For what only a definition has (runs, triggers). Throws TASK_NOT_FOUND, or WRONG_TASK_TYPE for what is executed. */
export async function requireDefinition(
  db: Queries,
  ref: RunRef,
): Promise<{ readonly kind: DefinitionKind; readonly type: DefinitionType }> {
  const found = await resolveTask(db, ref)
  if (found === null) throw taskNotFound(ref)
  if (found.what === 'definition') return found
  throw wrongTaskType(
    'a task that is executed',
    'Only a repo-blueprint or a standalone task has runs and triggers.',
  )
}

/** Why nothing that is executed was found under an id: WRONG_TASK_TYPE for a definition, TASK_NOT_FOUND for nothing at all. */
export async function whyNoRun(db: Queries, ref: RunRef): Promise<OptioError> {
  const thrown = await requireRun(db, ref).then(
    () => taskNotFound(ref),
    (error: unknown) => error,
  )
  if (thrown instanceof OptioError) return thrown
  throw thrown
}

export function taskNotFound({ runId }: RunRef): OptioError {
  return new OptioError('TASK_NOT_FOUND', `There is no task ${runId}.`)
}

function wrongTaskType(what: string, advice: string): OptioError {
  return new OptioError('WRONG_TASK_TYPE', `This is ${what}. ${advice}`)
}
