import type { EngineContext, Schedules } from './engine/context.ts'
import { createCommands } from './engine/create-engine.ts'
import { createBlueprintService } from './features/blueprints/service.ts'
import { createRepoService } from './features/repos/service.ts'
import { createSchedules } from './features/triggers/schedules.ts'

/** What fires by itself, on the engine's own connections: however many readers there are, schedules come in time. */
export function assembleSchedules(context: EngineContext, agentTypes: ReadonlySet<string>): Schedules {
  const { database, config, log } = context
  const commands = createCommands(context)
  const place = { database, commands, agentTypes, path: config.inheritedEnv.PATH ?? '' }
  const repos = createRepoService({
    ...place,
    forgeFor: context.forge,
    mirrorDir: (repositoryId) => context.workspaces.mirrorDir(repositoryId),
    unfinishedRunIds: async () => [],
    wake: (runId) => commands.wake(runId),
  })
  const { startRun } = createBlueprintService({ ...place, repos })
  return createSchedules({ database, startRun, log })
}
