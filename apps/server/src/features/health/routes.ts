import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { HealthService } from './service.ts'

export function healthRoutes(app: FastifyInstance, service: HealthService): void {
  handle(app, routes.health.health, async ({ reply }) => {
    const health = await service.health()
    if (!health.healthy) reply.code(503)
    return health
  })
  handle(app, routes.health.live, async () => ({ live: true as const }))
  handle(app, routes.health.ready, async ({ reply }) => {
    const ready = await service.isReady()
    if (!ready) reply.code(503)
    return { ready }
  })
}
