import { createHmac, timingSafeEqual } from 'node:crypto'

/** `sha256=<hex>`: what `X-Hub-Signature-256` looks like. */
const FORM = /^sha256=([0-9a-f]{64})$/i

/** Bytes that are hashed for one delivery, at most: whoever signs with none of the secrets does not cost a hash of much under each. */
const MOST_BYTES_HASHED = 100 * 1024 * 1024
const MOST_SECRETS = 1_000

export function isSignature(text: string | undefined): text is string {
  return text !== undefined && FORM.test(text)
}

/** Under how many secrets a body of this many bytes is tried. */
export function mostTried(bytes: number): number {
  return Math.max(1, Math.min(MOST_SECRETS, Math.floor(MOST_BYTES_HASHED / Math.max(bytes, 1))))
}

/**
 * The secret under which `X-Hub-Signature-256` is that of the body, an HMAC of the bytes as they came; null when it is none of them. Of
 * more than `mostTried` only the first ones are tried. How long it takes tells nothing of a secret.
 */
export function signerOf(body: Buffer, signature: string, secrets: readonly string[]): string | null {
  const hex = FORM.exec(signature)?.[1]
  if (hex === undefined) return null
  const given = Buffer.from(hex, 'hex')
  const matching = [...new Set(secrets)]
    .slice(0, mostTried(body.length))
    .filter((secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given))
  return matching[0] ?? null
}
