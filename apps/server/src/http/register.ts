import type { Readable } from 'node:stream'
import { errorAnswer, type Route, type RouteAnswer, type RouteInput } from '@optio/contract'
import { createCoalescer } from '@optio/git'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { uuidv7 } from 'uuidv7'
import { z } from 'zod'
import type { Identity } from './authorize.ts'
import { answerOnce } from './idempotency/answer-once.ts'
import type { KeyStore } from './idempotency/key-store.ts'
import { requestKeyOf } from './idempotency/request-key.ts'

/** What a handler gets: the validated request, who asks, and the reply for headers and a status besides the usual one. */
export type Handled<R extends Route> = RouteInput<R> & {
  readonly identity: Identity
  /**
   * Of a route that creates: the id the thing is to get, so that a request that is repeated with its `Idempotency-Key` creates it once,
   * also when this process dies before it has answered.
   */
  readonly newId: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export type HandlerAnswer<R extends Route> = R['answer'] extends 'stream' ? Readable : RouteAnswer<R>

declare module 'fastify' {
  interface FastifyInstance {
    /** Keys of requests that create something. */
    requestKeys: KeyStore | null
  }
}

export interface HandleOptions<R extends Route = Route> {
  /** Of a route that creates: what `handler` answers about the thing with the id `newId`, once it is created. Throws a 404 before. */
  readonly created?: (given: Handled<R>) => Promise<HandlerAnswer<R>>
  /**
   * Requests of the same identity for the same address that come while one is answered share the next answer: it is read after they
   * came, and turned into JSON once. For lists that many pages ask for again and again. The handler may not use the reply.
   */
  readonly shared?: boolean
}

/**
 * Registers one route of the contract: its schemas check the request before the handler sees it, and cut the answer down to what is
 * declared. A handler answers the thing or throws an `OptioError`.
 */
export function handle<const R extends Route>(
  app: FastifyInstance,
  route: R,
  handler: (given: Handled<R>) => Promise<HandlerAnswer<R>>,
  { shared = false, created }: HandleOptions<R> = {},
): void {
  const share = createCoalescer<Buffer>()
  if ((created !== undefined) !== (route.creates === true)) {
    throw new Error(
      `${route.method} ${route.path}: a route that creates says what it has created, and no other does.`,
    )
  }
  app.route({
    method: route.method,
    url: route.path,
    config: { permission: route.permission },
    schema: schemaOf(route),
    handler: async (request, reply) => {
      reply.code(route.status)
      const { params, query, body, identity } = request
      const newId = uuidv7()
      const given = { params, query, body, identity, newId, request, reply } as unknown as Handled<R>
      if (shared) {
        const { workspaceId, userId, role } = identity
        const key = JSON.stringify([workspaceId, userId, role, request.url])
        const bytes = await share(key, async () => Buffer.from(String(reply.serialize(await handler(given)))))
        return reply.type('application/json; charset=utf-8').send(bytes)
      }
      if (created) {
        const answered = (of: typeof handler) => async (newId: string) => ({
          status: reply.statusCode,
          body: String(reply.serialize(await of({ ...given, newId }))),
        })
        const creation = { create: answered(handler), created: answered(created) }
        const key = app.requestKeys === null ? null : requestKeyOf(request)
        const { status, body } = await answerOnce(app.requestKeys, key, creation)
        return reply.code(status).type('application/json; charset=utf-8').send(body)
      }
      const answer = await handler(given)
      return route.answer === null ? reply.send() : answer
    },
  })
}

const noBody = z.null().describe('Done; no body.')

function schemaOf(route: Route): FastifySchema {
  const answer = route.answer === 'stream' ? null : (route.answer ?? noBody)
  const statuses = [route.status, ...(route.alsoStatus ?? [])]
  return {
    tags: [route.tag],
    summary: route.summary,
    ...(route.params ? { params: route.params } : {}),
    ...(route.query ? { querystring: route.query } : {}),
    ...(route.body ? { body: route.body } : {}),
    response: {
      ...(answer === null ? {} : Object.fromEntries(statuses.map((status) => [status, answer]))),
      default: errorAnswer,
    },
  }
}
