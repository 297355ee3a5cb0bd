import type { AddDependencies, Dependency } from '@optio/contract'
import type { Database } from '../../database/connection.ts'
import type { EngineCommands, RunRef } from '../../engine/engine.ts'
import { requireRepoRun, requireRun } from '../tasks/resolve.ts'
import { dependenciesQuery, dependentsQuery } from './queries.ts'

export interface DependencyDeps {
  readonly database: Database
  readonly commands: Pick<EngineCommands, 'addDependencies' | 'removeDependency'>
}

export type DependencyService = ReturnType<typeof createDependencyService>

/** Which tasks wait for which. What may wait for what is the engine's to say. */
export function createDependencyService({ database, commands }: DependencyDeps) {
  const list = async (ref: RunRef): Promise<Dependency[]> => {
    await requireRun(database.orm, ref)
    return (await dependenciesQuery(database.orm, ref)).map((row) => ({ ...row, dependencyId: row.id }))
  }

  return {
    list,

    async add(ref: RunRef, body: AddDependencies, actor: string): Promise<Dependency[]> {
      await requireRepoRun(database.orm, ref)
      const { dependsOnIds = [], dependsOnTaskId } = body
      const wanted = dependsOnTaskId === undefined ? dependsOnIds : [...dependsOnIds, dependsOnTaskId]
      await commands.addDependencies(ref, wanted, actor)
      return await list(ref)
    },

    async remove(ref: RunRef, dependsOnId: string, actor: string): Promise<void> {
      await requireRun(database.orm, ref)
      await commands.removeDependency(ref, dependsOnId, actor)
    },

    /** What waits for it: also for a run of a standalone task. */
    async dependents(ref: RunRef) {
      await requireRun(database.orm, ref)
      return await dependentsQuery(database.orm, ref)
    },
  }
}
