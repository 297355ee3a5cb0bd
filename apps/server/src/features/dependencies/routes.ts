import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { DependencyService } from './service.ts'

export function dependencyRoutes(app: FastifyInstance, service: DependencyService): void {
  // Every page on which the task is open asks for both when something happens.
  handle(
    app,
    routes.dependencies.list,
    async (given) => ({ dependencies: await service.list(runRefOf(given)) }),
    { shared: true },
  )
  handle(
    app,
    routes.dependencies.add,
    async (given) => ({
      dependencies: await service.add(runRefOf(given), given.body, given.identity.userId),
    }),
    { created: async (given) => ({ dependencies: await service.added(runRefOf(given), given.body) }) },
  )
  handle(app, routes.dependencies.remove, async (given) => {
    await service.remove(runRefOf(given), given.params.depId, given.identity.userId)
    return undefined
  })
  handle(
    app,
    routes.dependencies.dependents,
    async (given) => ({ dependents: await service.dependents(runRefOf(given)) }),
    { shared: true },
  )
}
