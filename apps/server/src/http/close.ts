import type { FastifyInstance } from 'fastify'

/** What is under way at a close may take this long to end by itself. */
const GRACE_MS = 3_000

/**
 * `app.close()` takes no new connections, drops idle ones, lets requests finish and says goodbye to WebSockets; after the grace
 * period it hangs up on those that are left, so that a client that never ends cannot hold the program.
 */
export function closeInTime(app: FastifyInstance, graceMs = GRACE_MS): void {
  let timer: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    timer = setTimeout(() => {
      for (const socket of app.websocketServer.clients) socket.terminate()
      app.server.closeAllConnections()
    }, graceMs)
    timer.unref()
  })
  app.addHook('onClose', async () => clearTimeout(timer))
}
