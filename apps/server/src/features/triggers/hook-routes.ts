import { OptioError, routes } from '@optio/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { answerError } from '../../http/error-answer.ts'
import { handle } from '../../http/register.ts'
import { readPayload, refusal } from './hook-payload.ts'
import { fireHook, type HookDeps } from './hooks.ts'

/** Largest body of a webhook in bytes; more is 413. */
const BODY_LIMIT = 1024 * 1024

/** Webhooks this process works on at once; so much memory their bodies may take, at most. */
const MOST_AT_ONCE = 200

/** `POST /api/hooks/:path`, in a scope of its own: its bodies come as they are, because the signature is of the bytes. */
export function hookRoutes(app: FastifyInstance, deps: Omit<HookDeps, 'log'>): void {
  app.register(async (scope) => {
    const parseJson = scope.getDefaultJsonParser('error', 'error')
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    )
    scope.setErrorHandler((error, request, reply) => answerError(inWords(error), request, reply))
    limitAtOnce(scope)

    handle(scope, routes.hooks.fire, async ({ params, request }) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const parse = (text: string) =>
        new Promise((resolve, reject) =>
          parseJson(request, text, (error, value) => (error ? reject(unreadable(error)) : resolve(value))),
        )
      return await fireHook(
        { ...deps, log: request.log },
        {
          path: params.path,
          body,
          signature: header(request, 'x-optio-signature'),
          timestamp: header(request, 'x-optio-timestamp'),
          delivery: header(request, 'x-optio-delivery'),
          payload: () => readPayload(body, request.headers['content-type'], parse),
        },
      )
    })
  })
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** Counted before a body is read, until the answer is out or the sender gone. */
function limitAtOnce(scope: FastifyInstance): void {
  let inWork = 0
  scope.addHook('onRequest', async (_request, reply) => {
    if (inWork >= MOST_AT_ONCE) {
      reply.header('retry-after', '1')
      throw new OptioError(
        'RATE_LIMITED',
        'Too many webhooks come at the same time. Send it again in a second.',
      )
    }
    inWork += 1
    reply.raw.once('close', () => {
      inWork -= 1
    })
  })
}

function inWords(error: unknown): unknown {
  const { code } = error as { code?: unknown }
  if (code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return error
  return new OptioError('PAYLOAD_TOO_LARGE', 'The body of a webhook is at most 1 MiB. Send less.')
}

function unreadable(error: Error): OptioError {
  return refusal(`The payload cannot be read as JSON: ${error.message.slice(0, 200)}`)
}
