import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Whether `X-Hub-Signature-256` is that of the body under one of the secrets: `sha256=<hex>`, an HMAC of the bytes as they came. How long
 * it takes tells nothing of a secret.
 */
export function isSigned(body: Buffer, signature: string, secrets: readonly string[]): boolean {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(signature)?.[1]
  const given = Buffer.from(hex ?? '00'.repeat(32), 'hex')
  const matches = secrets.map((secret) =>
    timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given),
  )
  return hex !== undefined && matches.includes(true)
}
