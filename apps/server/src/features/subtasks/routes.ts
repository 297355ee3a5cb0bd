import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { SubtaskService } from './service.ts'

export function subtaskRoutes(app: FastifyInstance, service: SubtaskService): void {
  handle(app, routes.subtasks.list, async (given) => {
    const { rows, answer } = await service.list(runRefOf(given), given.query)
    return { subtasks: [...rows], ...answer }
  })
  handle(
    app,
    routes.subtasks.create,
    async (given) => ({
      subtask: await service.create(runRefOf(given), given.newId, given.body, given.identity.userId),
    }),
    { created: async (given) => ({ subtask: await service.get(runRefOf(given), given.newId) }) },
  )
  handle(app, routes.subtasks.status, async (given) => await service.status(runRefOf(given)))
}
