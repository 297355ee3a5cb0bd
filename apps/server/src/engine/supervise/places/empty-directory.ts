import { DEFAULT_MAX_ATTEMPT_MS } from '@optio/core'
import type { RunRow } from '../../read-run.ts'
import { asFault } from '../environment.ts'
import type { WorkPlace } from '../supervised.ts'

/** An empty directory of the run's own, for work without a repository. What is left in it is not work to be kept. */
export function emptyDirectory(run: RunRow): WorkPlace {
  const { setupCommands, env, maxAttemptMs } = run.environmentSpec ?? {}
  return {
    settings: {
      agentCommand: run.agentCommand,
      maxAttemptMs: maxAttemptMs ?? DEFAULT_MAX_ATTEMPT_MS,
      env: env ?? {},
    },
    async refresh() {},
    async make(context) {
      try {
        await context.workspaces.prepareEmpty(run.id)
      } catch (error) {
        throw asFault(error)
      }
    },
    // Written by whoever saved the definition, for an environment of its own.
    setupCommand: async () => (setupCommands ? ['sh', '-c', setupCommands] : null),
    sandbox(context) {
      const { clone, home, tmp } = context.workspaces.paths(run.id)
      return { readWrite: [clone, home, tmp], readOnly: [], hidden: context.config.hiddenPaths }
    },
    inspect: async () => null,
  }
}
