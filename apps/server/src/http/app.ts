import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  LogController,
} from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import { uuidv7 } from 'uuidv7'
import { guardRoutes } from './authorize.ts'
import { acceptJsonOnly, BODY_LIMIT } from './body.ts'
import { closeInTime } from './close.ts'
import { answerError, answerErrors } from './error-answer.ts'
import type { KeyStore } from './idempotency/key-store.ts'
import { type MeasuredRequest, measureRequests } from './latency.ts'
import { addOpenApi } from './openapi/openapi.ts'
import { guardOrigin, type OriginRules } from './origin.ts'
import { logRequests } from './request-log.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { sendBytes } from './send-bytes.ts'
import { answerSerializer } from './serializer.ts'
import { addSockets } from './sockets.ts'
import { answerUnknownRoutes } from './unknown-route.ts'

/**
 * A request has arrived after so many milliseconds, or is hung up on: Node looks twice a minute. Without it, whoever sends a body that
 * never ends would hold what is counted for it (memory, a place among the webhooks at work) for ever, and needs no credential for that.
 */
const ARRIVES_WITHIN_MS = 60_000

export interface AppOptions {
  readonly logger: FastifyBaseLogger
  readonly version: string
  /** Names and pages that may use this Optio besides those of the loopback interface. */
  readonly origins?: Partial<OriginRules>
  /** Routes, WebSockets included: the API (`features/api.ts`), logs, events. */
  readonly plugins: readonly FastifyPluginAsync[]
  /** Where keys of requests that create something are kept; without it an `Idempotency-Key` is not looked at. */
  readonly requestKeys?: KeyStore
  /** Told how long each request took. */
  readonly measured?: (request: MeasuredRequest) => void
}

/**
 * The HTTP side of Optio: everything a request passes before it reaches a feature, and everything an answer passes on its way out.
 * Knows no feature; they come as plugins.
 */
export function buildApp(options: AppOptions): FastifyInstance {
  const app = fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => uuidv7(),
    requestIdHeader: false,
    trustProxy: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: ARRIVES_WITHIN_MS,
    // The longest that Node reads of a request line: a long id is malformed (400), not an unknown route.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply)
    },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(answerSerializer)

  answerErrors(app)
  addSecurityHeaders(app)
  sendBytes(app)
  logRequests(app)
  if (options.measured) measureRequests(app, options.measured)
  guardOrigin(app, { hosts: [], origins: [], ...options.origins })
  guardRoutes(app)
  answerUnknownRoutes(app)
  acceptJsonOnly(app)
  addSockets(app)
  closeInTime(app)
  addOpenApi(app, options.version)
  app.decorate('requestKeys', options.requestKeys ?? null)
  for (const plugin of options.plugins) app.register(plugin)
  return app
}
