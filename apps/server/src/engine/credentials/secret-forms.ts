/** Words shorter than this are no secrets: taking them out would tear texts apart. */
const SHORTEST = 8

export function isSecret(value: string): boolean {
  return value.length >= SHORTEST
}

/**
 * How a secret can stand in a text: as it is, escaped for JSON (also twice) and for URLs, and in base64 wherever it lies in
 * what was encoded. What is redacted and what is kept from being published goes by this one list.
 */
export function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1)
  const escapedTwice = JSON.stringify(escaped).slice(1, -1)
  return [...new Set([secret, escaped, escapedTwice, encodeURIComponent(secret), ...base64Forms(secret)])]
}

/** What is the same in the base64 of any text with the secret in it: it can begin at three places of a group of bytes. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The first and the last characters hold bits of what stands around the secret.
    const first = offset === 0 ? 0 : offset + 1
    const end = (offset + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1
    const core = encoded.slice(first, end)
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
