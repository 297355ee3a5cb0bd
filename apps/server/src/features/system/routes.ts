import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { SystemService } from './service.ts'

export function systemRoutes(app: FastifyInstance, service: SystemService): void {
  handle(app, routes.system.get, async () => ({ system: await service.read() }))
  handle(app, routes.system.pause, async ({ body, identity }) => ({
    system: await service.pause(body?.reason ?? null, identity.userId),
  }))
  handle(app, routes.system.unpause, async ({ identity }) => ({
    system: await service.unpause(identity.userId),
  }))
}
