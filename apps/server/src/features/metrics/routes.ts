import type { FastifyInstance } from 'fastify'
import type { Metrics } from './metrics.ts'

/** `/metrics`: no part of the API, whose answers are JSON. Whoever may read the system may read it. */
export function metricsRoutes(app: FastifyInstance, metrics: Metrics): void {
  const options = { config: { permission: 'system:read' }, schema: { hide: true } } as const
  app.get('/metrics', options, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    reply.type(metrics.contentType)
    return await metrics.text()
  })
  app.addHook('onClose', async () => metrics.close())
}
