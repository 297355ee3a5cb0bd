import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { SetupService } from './service.ts'

export function setupRoutes(app: FastifyInstance, service: SetupService): void {
  handle(app, routes.setup.status, async ({ identity }) => await service.status(identity.workspaceId))
  handle(app, routes.setup.complete, async () => {
    await service.complete()
    return { ok: true as const }
  })
}
