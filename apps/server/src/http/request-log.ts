import type { FastifyInstance } from 'fastify'

/** The address without what could be a credential: a token in a URL never reaches a log. */
export function loggableUrl(url: string): string {
  const query = url.indexOf('?')
  if (query === -1) return url.slice(0, 500)
  // Any parameter whose name speaks of a credential, however it is written: names can be percent-encoded too.
  const parts = url
    .slice(query + 1)
    .split('&')
    .map((part) => {
      const [name = ''] = part.split('=', 1)
      return /token|secret|password|key|code|%/i.test(name) ? `${name}=[hidden]` : part
    })
  return `${url.slice(0, query)}?${parts.join('&')}`.slice(0, 500)
}

/** One line for each answer. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const line = {
      method: request.method,
      url: loggableUrl(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    if (reply.statusCode >= 500) request.log.warn(line, 'answered')
    else request.log.debug(line, 'answered')
  })
}
