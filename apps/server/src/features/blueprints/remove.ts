import { OptioError } from '@optio/contract'
import type { Database, Transaction } from '../../database/connection.ts'
import type { EngineCommands, RunRef } from '../../engine/engine.ts'
import { appendEvents } from '../events/append.ts'
import { DEFINITION_TYPES, taskNotFound } from '../tasks/resolve.ts'
import {
  type BlueprintRow,
  deleteBlueprint,
  findSomeRuns,
  forgetOrigin,
  lockBlueprint,
  updateBlueprint,
} from './queries.ts'

/** Tasks of a blueprint that are changed in one transaction. */
const FORGOTTEN_AT_ONCE = 500
/** Runs that are taken together, and of them so many at the same time: deleting one may wait for its processes to end. */
const TAKEN_TOGETHER = 200
const REMOVED_AT_ONCE = 8

export interface RemoveDeps {
  readonly database: Database
  readonly commands: Pick<EngineCommands, 'remove'>
}

/**
 * Deletes a definition and its triggers. Tasks that a blueprint spawned stay; runs of a standalone one are stopped and deleted, because
 * they are nobody's without it. It is disabled first, so that none is added meanwhile; should this be interrupted, it stays disabled
 * with what is left, and deleting it again goes on. Throws TASK_NOT_FOUND, or CONFLICT when it was enabled and run again meanwhile.
 */
export async function removeBlueprint(deps: RemoveDeps, ref: RunRef, actor: string): Promise<void> {
  const { kind } = await locked(deps, ref, async (tx, row) => {
    if (row.enabled) await updateBlueprint(tx, row.id, { enabled: false })
    return row
  })
  if (kind === 'repo') await forgetRuns(deps, ref)
  else await removeRuns(deps, ref, actor)
  await locked(deps, ref, async (tx, row) => {
    const [left] = await findSomeRuns(tx, row.id, 1)
    if (left !== undefined) {
      throw new OptioError('CONFLICT', `“${row.name}” was run again meanwhile. Delete it again.`)
    }
    await deleteBlueprint(tx, row.id)
    await appendEvents(tx, [
      {
        workspaceId: ref.workspaceId,
        runId: null,
        type: 'task:deleted',
        trigger: 'person',
        message: `Deleted “${row.name}”.`,
        actor,
        data: { deletedTaskId: row.id, definitionId: row.id, definitionType: DEFINITION_TYPES[row.kind] },
      },
    ])
  })
}

async function locked<T>(
  { database }: RemoveDeps,
  ref: RunRef,
  work: (tx: Transaction, row: BlueprintRow) => Promise<T>,
): Promise<T> {
  return await database.transaction(async (tx) => {
    const row = await lockBlueprint(tx, ref.workspaceId, ref.runId, 'update')
    if (row === null) throw taskNotFound(ref)
    return await work(tx, row)
  })
}

async function forgetRuns({ database }: RemoveDeps, { runId }: RunRef): Promise<void> {
  while ((await forgetOrigin(database.orm, runId, FORGOTTEN_AT_ONCE)) > 0) {
    // Each time some more, in a transaction of its own.
  }
}

async function removeRuns({ database, commands }: RemoveDeps, ref: RunRef, actor: string): Promise<void> {
  for (;;) {
    const ids = await findSomeRuns(database.orm, ref.runId, TAKEN_TOGETHER)
    if (ids.length === 0) return
    const left = [...ids]
    const one = async () => {
      for (let runId = left.pop(); runId !== undefined; runId = left.pop()) {
        await commands.remove({ workspaceId: ref.workspaceId, runId }, actor).catch(unlessGone)
      }
    }
    await Promise.all(Array.from({ length: REMOVED_AT_ONCE }, one))
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof OptioError && error.code === 'TASK_NOT_FOUND')) throw error
}
