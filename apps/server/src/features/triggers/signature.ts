import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { OptioError } from '@optio/contract'

/** What a request says about who sent it. */
export interface Signed {
  /** As it came, before anything read it. */
  readonly body: Buffer
  /** `X-Optio-Signature` */
  readonly signature: string | undefined
  /** `X-Optio-Timestamp`: seconds since the epoch. */
  readonly timestamp: string | undefined
}

const OLDEST_S = 300

/** For paths that do not exist: so that finding that out takes as long. */
const NOBODYS_SECRET = randomBytes(32).toString('base64')

/**
 * Checks `sha256=<hex>`, the HMAC of the body under the trigger's secret; where a time is sent, of `<time>.<body>`, and the time must be
 * that of the clock to five minutes. Throws HOOK_SIGNATURE. The time it takes tells nothing of the secret.
 *
 * @param now milliseconds since the epoch.
 */
export function requireSignature(secret: string, signed: Signed, now: number): void {
  const isRight = compare(secret, signed)
  const { signature, timestamp } = signed
  if (signature === undefined) {
    throw refusal('This webhook is signed: send X-Optio-Signature: sha256=<HMAC-SHA256 of the body, in hex>.')
  }
  if (!isRight) throw refusal('X-Optio-Signature is not that of this body under the secret of this webhook.')
  if (timestamp === undefined) return
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN
  if (Math.abs(now / 1_000 - seconds) <= OLDEST_S) return
  throw refusal('X-Optio-Timestamp must be the time in seconds since 1970, and at most five minutes off.')
}

/** Does what a check does, for nothing. */
export function pretendToCheck(signed: Signed): void {
  compare(NOBODYS_SECRET, signed)
}

function compare(secret: string, { body, signature = '', timestamp }: Signed): boolean {
  const hmac = createHmac('sha256', secret)
  if (timestamp !== undefined) hmac.update(`${timestamp}.`)
  const expected = hmac.update(body).digest()
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(signature)?.[1]
  const given = hex === undefined ? Buffer.alloc(expected.length) : Buffer.from(hex, 'hex')
  return timingSafeEqual(expected, given) && hex !== undefined
}

function refusal(message: string): OptioError {
  return new OptioError('HOOK_SIGNATURE', message)
}
