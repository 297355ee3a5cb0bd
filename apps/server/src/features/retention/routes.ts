import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { RetentionService } from './service.ts'

export function retentionRoutes(app: FastifyInstance, service: RetentionService): void {
  handle(app, routes.system.retention, async () => ({ retention: await service.read() }))
  handle(app, routes.system.editRetention, async ({ identity, body }) => ({
    retention: await service.edit(identity, body),
  }))
}
