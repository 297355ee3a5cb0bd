import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** AES-256-GCM with a nonce of 96 bits and a tag of 128 (NIST SP 800-38D). */
const ALGORITHM = 'aes-256-gcm'
export const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Encrypts with a new random nonce: nonce, ciphertext, tag. `identity` is what the bytes belong to; whoever opens them has to name the
 * same. A key may seal 2^32 things before the chance that two share a nonce reaches 2^-33; keys here seal a few thousand.
 */
export function seal(key: Buffer, plain: Buffer, identity: readonly (string | null)[]): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(bytesOf(identity))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** What was sealed; null when anything of it, the key or the identity is not what it was. */
export function unseal(key: Buffer, sealed: Buffer, identity: readonly (string | null)[]): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(bytesOf(identity))
  decipher.setAuthTag(sealed.subarray(end))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()])
  } catch {
    return null
  }
}

/** As JSON: however the parts are cut, no two identities have the same bytes. */
function bytesOf(identity: readonly (string | null)[]): Buffer {
  return Buffer.from(JSON.stringify(identity))
}
