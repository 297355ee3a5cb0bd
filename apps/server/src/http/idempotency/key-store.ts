import { OptioError } from '@optio/contract'
import { and, eq, lt, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import type { Database } from '../../database/connection.ts'
import { idempotencyKeys } from '../../database/schema/index.ts'
import type { RequestKey } from './request-key.ts'

/** For how long a key is remembered. */
const KEY_HOURS = 24

/** Whoever answers a request is believed to be alive for so long; whoever repeats it after that carries it out as well. */
const LEASE_MS = 15_000

export interface FirstAnswer {
  readonly status: number
  readonly body: string
}

export type Reserved =
  /** `isRepeat`: somebody began to answer it before and may have created the resource. */
  | { readonly kind: 'mine'; readonly resourceId: string; readonly isRepeat: boolean }
  | { readonly kind: 'answered'; readonly answer: FirstAnswer }
  /** The first one is still being answered. */
  | { readonly kind: 'busy' }

/** Keys of requests and what was answered to the first with each. */
export class KeyStore {
  readonly #database: Pick<Database, 'orm'>

  constructor(database: Pick<Database, 'orm'>) {
    this.#database = database
  }

  /** Throws IDEMPOTENCY_KEY_REUSED when the key was sent with another request. */
  async reserve(request: RequestKey): Promise<Reserved> {
    const { orm } = this.#database
    await orm
      .delete(idempotencyKeys)
      .where(
        and(its(request), lt(idempotencyKeys.createdAt, sql`now() - make_interval(hours => ${KEY_HOURS})`)),
      )
    const [mine] = await orm
      .insert(idempotencyKeys)
      .values({ ...request, resourceId: uuidv7(), leasedUntil: lease() })
      .onConflictDoNothing()
      .returning({ resourceId: idempotencyKeys.resourceId })
    if (mine) return { kind: 'mine', resourceId: mine.resourceId, isRepeat: false }
    const [known] = await orm.select().from(idempotencyKeys).where(its(request))
    // The first one was refused in this very moment.
    if (!known) return { kind: 'busy' }
    if (known.route !== request.route || known.bodyHash !== request.bodyHash) {
      throw new OptioError(
        'IDEMPOTENCY_KEY_REUSED',
        `This Idempotency-Key was sent within the last ${KEY_HOURS} hours with another request. Take a new key for each thing to be created.`,
      )
    }
    if (known.status !== null && known.answer !== null) {
      return { kind: 'answered', answer: { status: known.status, body: known.answer } }
    }
    const [taken] = await orm
      .update(idempotencyKeys)
      .set({ leasedUntil: lease() })
      .where(and(its(request), lt(idempotencyKeys.leasedUntil, sql`now()`)))
      .returning({ resourceId: idempotencyKeys.resourceId })
    return taken ? { kind: 'mine', resourceId: taken.resourceId, isRepeat: true } : { kind: 'busy' }
  }

  /** The first answer stays what it is. */
  async remember(request: RequestKey, { status, body }: FirstAnswer): Promise<void> {
    await this.#database.orm
      .update(idempotencyKeys)
      .set({ status, answer: body })
      .where(and(its(request), sql`${idempotencyKeys.status} is null`))
  }

  /** Nothing was created: the key can be sent again, with another body too. */
  async forget(request: RequestKey): Promise<void> {
    await this.#database.orm
      .delete(idempotencyKeys)
      .where(and(its(request), sql`${idempotencyKeys.status} is null`))
  }

  /** It is not known whether something was created: whoever repeats the request finds out at once. */
  async release(request: RequestKey): Promise<void> {
    await this.#database.orm
      .update(idempotencyKeys)
      .set({ leasedUntil: sql`now()` })
      .where(and(its(request), sql`${idempotencyKeys.status} is null`))
  }
}

function its({ workspaceId, userId, key }: RequestKey) {
  return and(
    eq(idempotencyKeys.workspaceId, workspaceId),
    eq(idempotencyKeys.userId, userId),
    eq(idempotencyKeys.key, key),
  )
}

function lease() {
  return sql`now() + make_interval(secs => ${LEASE_MS / 1000})`
}
