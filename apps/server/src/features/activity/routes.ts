import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { ActivityService } from './service.ts'

export function activityRoutes(app: FastifyInstance, service: ActivityService): void {
  handle(app, routes.activity.ofTask, async (given) => {
    const { rows, answer } = await service.ofTask(runRefOf(given), given.query)
    return { activity: [...rows], ...answer }
  })
  handle(app, routes.activity.all, async ({ identity, query }) => {
    const { rows, answer } = await service.all(identity.workspaceId, query)
    return { activity: [...rows], ...answer }
  })
}
