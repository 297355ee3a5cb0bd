import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { TaskControl } from './control.ts'
import type { TaskService } from './service.ts'

export function taskRoutes(app: FastifyInstance, tasks: TaskService): void {
  for (const route of [routes.tasks.list, routes.tasks.search]) {
    handle(
      app,
      route,
      async ({ identity, query }) => {
        const { rows, answer } = await tasks.list(identity, query)
        return { tasks: [...rows], ...answer }
      },
      { shared: true },
    )
  }
  handle(app, routes.tasks.stats, async ({ identity }) => ({ stats: await tasks.stats(identity) }), {
    shared: true,
  })
  handle(
    app,
    routes.tasks.create,
    async ({ identity, body, newId }) => ({ task: await tasks.create(identity, body, newId) }),
    {
      created: async ({ identity: { workspaceId }, newId }) => ({
        task: (await tasks.detail({ workspaceId, runId: newId })).task,
      }),
    },
  )
  handle(app, routes.tasks.get, async (given) => tasks.detail(runRefOf(given)), { shared: true })
  handle(app, routes.tasks.edit, async (given) => ({
    task: await tasks.edit(runRefOf(given), given.body, given.identity.userId),
  }))
  handle(app, routes.tasks.remove, async (given) => {
    await tasks.remove(runRefOf(given), given.identity.userId)
    return undefined
  })
  handle(app, routes.tasks.attempts, async (given) => ({ attempts: await tasks.attempts(runRefOf(given)) }))
  handle(app, routes.tasks.environment, async (given) => ({
    environment: await tasks.environment(runRefOf(given)),
  }))
  handle(
    app,
    routes.tasks.events,
    async (given) => {
      const { rows, answer } = await tasks.events(runRefOf(given), given.query)
      return { events: [...rows], ...answer }
    },
    // Every page on which the task is open asks for them when something happens.
    { shared: true },
  )
}

export function taskControlRoutes(app: FastifyInstance, control: TaskControl): void {
  handle(app, routes.tasks.cancel, async (given) => ({
    task: await control.cancel(runRefOf(given), given.identity.userId),
  }))
  handle(app, routes.tasks.retry, async (given) => ({
    task: await control.retry(runRefOf(given), given.identity.userId),
  }))
  handle(app, routes.tasks.resume, async (given) => ({
    task: await control.resume(runRefOf(given), given.body?.prompt ?? null, given.identity.userId),
  }))
  handle(app, routes.tasks.forceRestart, async (given) => ({
    task: await control.forceRestart(runRefOf(given), given.body?.prompt ?? null, given.identity.userId),
  }))
  handle(app, routes.tasks.forceRedo, async (given) => ({
    task: await control.forceRedo(runRefOf(given), given.identity.userId),
  }))
  handle(app, routes.tasks.runNow, async (given) => ({
    task: await control.runNow(runRefOf(given), given.identity.userId),
  }))
  handle(app, routes.tasks.reorder, async ({ identity, body }) => ({
    ok: true as const,
    reordered: await control.reorder(identity, body.taskIds),
  }))
  handle(app, routes.tasks.retryFailed, async ({ identity }) => ({
    retried: await control.retryFailed(identity),
  }))
  handle(app, routes.tasks.cancelActive, async ({ identity }) => ({
    cancelled: await control.cancelActive(identity),
  }))
}
