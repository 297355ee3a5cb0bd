import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { RunService } from '../blueprints/runs.ts'
import { runRefOf } from '../run-ref.ts'
import { type AliasDeps, createAlias, triggerAliases } from './definitions.ts'

/** `/api/task-configs`: blueprints under the name they had. */
export function taskConfigRoutes(
  app: FastifyInstance,
  deps: AliasDeps & { readonly runs: RunService },
): void {
  const configs = createAlias('repo-blueprint', deps)
  const { runs } = deps
  handle(app, routes.taskConfigs.list, async ({ identity, query }) => {
    const { rows, answer } = await configs.list(identity, query)
    return { taskConfigs: [...rows], ...answer }
  })
  handle(
    app,
    routes.taskConfigs.create,
    async ({ identity, body, newId }) => ({ taskConfig: await configs.create(identity, body, newId) }),
    {
      created: async ({ identity: { workspaceId }, newId }) => ({
        taskConfig: await configs.get({ workspaceId, runId: newId }),
      }),
    },
  )
  handle(app, routes.taskConfigs.get, async (given) => ({ taskConfig: await configs.get(runRefOf(given)) }))
  handle(app, routes.taskConfigs.edit, async (given) => ({
    taskConfig: await configs.edit(runRefOf(given), given.body, given.identity.userId),
  }))
  handle(app, routes.taskConfigs.remove, async (given) => {
    await configs.remove(runRefOf(given), given.identity.userId)
    return undefined
  })
  triggerAliases(app, routes.taskConfigs, configs, deps.triggers)
  handle(
    app,
    routes.taskConfigs.run,
    async (given) => {
      await configs.get(runRefOf(given))
      const { runId } = await runs.start(
        runRefOf(given),
        given.body?.params ?? null,
        given.newId,
        given.identity.userId,
      )
      return { taskId: runId }
    },
    {
      created: async (given) => ({ taskId: (await runs.started(runRefOf(given), given.newId)).runId }),
    },
  )
}
