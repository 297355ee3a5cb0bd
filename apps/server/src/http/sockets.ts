import websocket from '@fastify/websocket'
import { OptioError } from '@optio/contract'
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is a WebSocket. */
    socket?: boolean
  }
}

/** Largest message a client may send: it only ever sends small commands. */
const MAX_MESSAGE_BYTES = 64 * 1024

/**
 * WebSockets on routes with `websocket: true`. They pass the same gates as the others. An upgrade elsewhere is refused before the plugin
 * accepts it, because it would write the address, and with it a token, into the log.
 */
export function addSockets(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.websocket || route.wsHandler) route.config = { ...route.config, socket: true }
  })
  app.register(websocket, { options: { maxPayload: MAX_MESSAGE_BYTES } })
  // An upgrade that a gate refuses is answered before the plugin has seen it, and nobody else would end its connection.
  app.addHook('onResponse', async (request) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon()
  })
  app.addHook('preHandler', async (request) => {
    if (request.is404) return
    const isSocket = request.routeOptions.config.socket === true
    if (request.ws && !isSocket) throw new OptioError('NOT_FOUND', 'There is no WebSocket at this address.')
    if (!request.ws && isSocket) {
      throw new OptioError('VALIDATION', 'This address is a WebSocket; open it as one.')
    }
  })
}
