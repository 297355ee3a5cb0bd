import { type AddDependencies, type Dependency, OptioError } from '@optio/contract'
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
      await commands.addDependencies(ref, namedIn(body), actor)
      return await list(ref)
    },

    /** The list once all that `add` was given are in it: they are added all or none. Throws DEPENDENCY_NOT_FOUND before. */
    async added(ref: RunRef, body: AddDependencies): Promise<Dependency[]> {
      const dependencies = await list(ref)
      const missing = namedIn(body).find((wanted) => !dependencies.some(({ id }) => id === wanted))
      if (missing === undefined) return dependencies
      throw new OptioError('DEPENDENCY_NOT_FOUND', `The task does not depend on ${missing}.`)
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

function namedIn({ dependsOnIds = [], dependsOnTaskId }: AddDependencies): string[] {
  return dependsOnTaskId === undefined ? dependsOnIds : [...dependsOnIds, dependsOnTaskId]
}
