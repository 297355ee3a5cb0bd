import { NoAnswer } from '../../no-answer.ts'
import { type GraphqlAnswer, type GraphqlError, refusalOf } from './client.ts'
import type { Limits } from './limits.ts'
import type { Received } from './transport.ts'

/** Data, or data beside errors; throws `NoAnswer` when there is no data at all, or a limit among the errors. */
export function readGraphql<T>(answer: Received, limits: Limits): GraphqlAnswer<T> {
  const { status, data: body } = answer
  if (status !== 200) {
    const { message } = refusalOf(body)
    throw new NoAnswer('failing', `GitHub answered ${status} to a GraphQL request: ${message.slice(0, 200)}`)
  }
  const { data, errors } = (typeof body === 'object' && body !== null ? body : {}) as {
    data?: unknown
    errors?: unknown
  }
  const list = Array.isArray(errors) ? errors.map(errorOf) : []
  const limited = list.find(
    ({ type, message }) =>
      type === 'RATE_LIMITED' || type === 'RATE_LIMIT' || /secondary rate limit/i.test(message),
  )
  if (limited !== undefined) {
    const { headers } = answer
    throw (
      limits.limitOf('graphql', { status: 429, headers, message: limited.message }) ??
      new NoAnswer('limited', limited.message)
    )
  }
  if (typeof data !== 'object' || data === null) {
    const words = list.map(({ message }) => message).join('; ') || 'there is no data in the answer'
    throw new NoAnswer('failing', `GitHub did not answer a GraphQL request: ${words.slice(0, 300)}`)
  }
  return { data: data as T, errors: list }
}

function errorOf(error: unknown): GraphqlError {
  const { type, message, path } = (error ?? {}) as { type?: unknown; message?: unknown; path?: unknown }
  return {
    type: typeof type === 'string' ? type : null,
    message: typeof message === 'string' ? message : '',
    path: Array.isArray(path)
      ? path.filter((part) => typeof part === 'string' || typeof part === 'number')
      : [],
  }
}
