import { createHash } from 'node:crypto'
import { OptioError } from '@optio/contract'
import type { FastifyRequest } from 'fastify'

/** What makes a request the same as an earlier one. */
export interface RequestKey {
  readonly workspaceId: string
  readonly userId: string
  readonly key: string
  /** Method and path, without the query. */
  readonly route: string
  /** SHA-256, in hex, of the body as the schema of the route read it: what it ignores makes no difference. */
  readonly bodyHash: string
}

/** Visible ASCII: whatever else a header may hold cannot be told apart by everybody who handles it. */
const KEY = /^[\x21-\x7e]{1,255}$/

/** The `Idempotency-Key` of a request; null when it has none. Throws VALIDATION for one that cannot be a key. */
export function requestKeyOf(request: FastifyRequest): RequestKey | null {
  const key = request.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new OptioError(
      'VALIDATION',
      'Idempotency-Key: must be 1 to 255 visible ASCII characters, such as a UUID.',
    )
  }
  const { workspaceId, userId } = request.identity
  const [path] = request.url.split('?')
  const body = JSON.stringify(request.body ?? null)
  const bodyHash = createHash('sha256').update(body).digest('hex')
  return { workspaceId, userId, key, route: `${request.method} ${path}`, bodyHash }
}
