import type { FastifyInstance } from 'fastify'

/** How long one request took; what it was is told by bounded sets of words, never by its address. */
export interface MeasuredRequest {
  readonly method: string
  /** Pattern of the route, such as `/api/tasks/:id`; `unknown` where there is none. */
  readonly route: string
  readonly status: number
  readonly ms: number
}

/** Tells of every answer but the upgrades of WebSockets, which last as long as somebody looks. */
export function measureRequests(app: FastifyInstance, tell: (request: MeasuredRequest) => void): void {
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.config?.socket === true) return
    const isKnown = !request.is404 && request.routeOptions.url !== undefined
    tell({
      method: isKnown ? request.method : 'any',
      route: isKnown ? (request.routeOptions.url ?? 'unknown') : 'unknown',
      status: reply.statusCode,
      ms: reply.elapsedTime,
    })
  })
}
