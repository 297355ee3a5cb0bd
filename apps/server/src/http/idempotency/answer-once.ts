import { setTimeout as sleep } from 'node:timers/promises'
import { OptioError } from '@optio/contract'
import { uuidv7 } from 'uuidv7'
import { isUniqueViolation } from '../../database/errors.ts'
import type { FirstAnswer, KeyStore } from './key-store.ts'
import type { RequestKey } from './request-key.ts'

/** How long a repeat waits for the first request's answer, and how often it looks. */
const PATIENCE_MS = 5_000
const LOOK_MS = 50

export interface Creation {
  /** Creates the thing under this id, and answers. */
  readonly create: (id: string) => Promise<FirstAnswer>
  /** Answers about the thing with this id. Throws a 404 when there is none. */
  readonly created: (id: string) => Promise<FirstAnswer>
}

/**
 * Creates once, however often the request is sent with its key, at once or one after the other, and whenever a process dies: what
 * is created has the id that was put down with the key before.
 */
export async function answerOnce(
  keys: KeyStore | null,
  request: RequestKey | null,
  { create, created }: Creation,
): Promise<FirstAnswer> {
  if (keys === null || request === null) return await create(uuidv7())
  const until = Date.now() + PATIENCE_MS
  for (;;) {
    const reserved = await keys.reserve(request)
    if (reserved.kind === 'answered') return reserved.answer
    if (reserved.kind === 'mine') return await answerFirst(keys, request, reserved, { create, created })
    if (Date.now() >= until) {
      throw new OptioError(
        'IDEMPOTENCY_KEY_IN_USE',
        'The first request with this Idempotency-Key is still being answered. Send it again in a few seconds.',
      )
    }
    await sleep(LOOK_MS)
  }
}

async function answerFirst(
  keys: KeyStore,
  request: RequestKey,
  { resourceId, isRepeat }: { resourceId: string; isRepeat: boolean },
  { create, created }: Creation,
): Promise<FirstAnswer> {
  const known = isRepeat ? await unlessMissing(created(resourceId)) : null
  const answer = known ?? (await createOrFind(keys, request, resourceId, { create, created }))
  await keys.remember(request, answer)
  return answer
}

async function createOrFind(
  keys: KeyStore,
  request: RequestKey,
  resourceId: string,
  { create, created }: Creation,
): Promise<FirstAnswer> {
  try {
    return await create(resourceId)
  } catch (error) {
    // Somebody slow, who was taken for dead, has created it meanwhile.
    const other = isUniqueViolation(error) ? await unlessMissing(created(resourceId)) : null
    if (other !== null) return other
    if (error instanceof OptioError && error.status < 500) await keys.forget(request)
    else await keys.release(request).catch(() => undefined)
    throw error
  }
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof OptioError && error.status === 404) return null
    throw error
  }
}
