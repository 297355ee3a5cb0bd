import { OptioError } from '@optio/contract'
import type { FastifyInstance } from 'fastify'

/** Answers 405 where the address exists with other methods, else 404. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const known = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    // Every address is a page's when nothing else claims it: that says nothing about which methods there are.
    if (url === '/*') return
    const route = known.get(url) ?? { pattern: patternOf(url), methods: new Set() }
    for (const each of [method].flat()) route.methods.add(each.toUpperCase())
    known.set(url, route)
  })
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1)
    const methods = [...known.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((r) => [...r.methods])
    if (methods.length === 0 || methods.includes(request.method)) {
      throw new OptioError('NOT_FOUND', 'There is nothing at this address. GET /docs lists what there is.')
    }
    const allowed = [...new Set(methods)].sort().join(', ')
    reply.header('allow', allowed)
    throw new OptioError('METHOD_NOT_ALLOWED', `This address takes ${allowed}.`)
  })
}

/** `/api/tasks/:id` → any one segment in place of `:id`; a trailing `*` is anything. */
function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+'
    return segment === '*' ? '.*' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${segments.join('/')}$`)
}
