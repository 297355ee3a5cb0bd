import { type ErrorAnswer, type ErrorCode, OptioError } from '@optio/contract'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { explainDatabaseError } from '../database/errors.ts'
import { redact, redactJson } from '../redaction/process-redactor.ts'
import { loggableUrl } from './request-log.ts'

/** Most problems of one request that are listed. */
const MAX_PROBLEMS = 20

/** Errors of the framework that have a code of ours. */
const FRAMEWORK: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The body is larger than 4 MiB. Send less.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'Send the body as JSON, with content-type: application/json.',
  },
  FST_ERR_BAD_URL: { code: 'VALIDATION', message: 'The address is malformed.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'VALIDATION', message: 'A part of the address is too long.' },
}

/** The error as a client may see it; null for one that is nobody's business but the log's. */
function explain(error: unknown): OptioError | null {
  if (hasZodFastifySchemaValidationErrors(error)) return explainValidation(error)
  const known = explainDatabaseError(error)
  if (known !== null) return known.status === 500 ? null : known
  const { code, statusCode, message } = error as Partial<FastifyError>
  const framework = FRAMEWORK[code ?? '']
  if (framework) return new OptioError(framework.code, framework.message)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new OptioError('VALIDATION', message ?? 'The request is malformed.')
  }
  return null
}

function explainValidation(
  error: FastifyError & { validation: { instancePath: string; message?: string }[] },
): OptioError {
  const place = error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'body')
  const problems = error.validation.map(({ instancePath, message = 'is not valid' }) => {
    const path = instancePath.split('/').filter((part) => part !== '')
    return { path: [place, ...path].join('.'), message }
  })
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more: see details)` : ''
  return new OptioError('VALIDATION', `${first?.path}: ${first?.message}${more}`, {
    details: problems.slice(0, MAX_PROBLEMS),
  })
}

/** Answers an error; what is not meant for people is logged under the request's id and answered without its words. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const explained = explain(error)
  const facts = { err: error, method: request.method, url: loggableUrl(request.url) }
  if (explained === null) {
    request.log.error(facts, 'A request failed inside Optio.')
    const body: ErrorAnswer = {
      error: `Something failed inside Optio. The log says what, under request ${request.id}.`,
      code: 'INTERNAL',
      details: { requestId: request.id },
    }
    return send(reply, 500, body)
  }
  if (explained.status >= 500) request.log.warn(facts, 'A request could not be served.')
  const body: ErrorAnswer = {
    error: redact(explained.message),
    code: explained.code,
    ...(explained.details === undefined ? {} : { details: redactJson(explained.details) }),
  }
  return send(reply, explained.status, body)
}

/** Written out here, not by the schema of the route: an error must not fail to be told. */
function send(reply: FastifyReply, status: number, body: ErrorAnswer): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(body)
}

export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
}
