/** Words shorter than this are no secrets: taking them out would tear texts apart. */
const SHORTEST = 8

export const REDACTED = '[redacted]'

/**
 * Takes secrets out of text: as they are, escaped for JSON (also twice) and for URLs, and in base64 wherever they lie in what
 * was encoded. It is no wall against an agent that wants to tell (any cipher gets around it), but against what is printed
 * without thought: an environment, a configuration, a request.
 */
export class Redactor {
  readonly #pattern: RegExp | null
  readonly #secrets = new Set<string>()
  /** Longest first, so that a secret that contains another is taken out whole. */
  #forms: readonly string[] = []

  /** @param patterns regular expressions of secrets that are recognised by their form, known or not. */
  constructor(patterns: readonly string[]) {
    this.#pattern = patterns.length === 0 ? null : new RegExp(patterns.join('|'), 'g')
  }

  learn(secrets: readonly string[]): void {
    const before = this.#secrets.size
    for (const secret of secrets) if (secret.length >= SHORTEST) this.#secrets.add(secret)
    if (this.#secrets.size === before) return
    const forms = new Set([...this.#secrets].flatMap(formsOf))
    this.#forms = [...forms].sort((a, b) => b.length - a.length)
  }

  redact(text: string): string {
    let clean = text
    for (const form of this.#forms) {
      // Nearly no text holds one, and looking is cheaper than replacing.
      if (clean.includes(form)) clean = clean.replaceAll(form, REDACTED)
    }
    return this.#pattern === null ? clean : clean.replace(this.#pattern, REDACTED)
  }
}

function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1)
  const escapedTwice = JSON.stringify(escaped).slice(1, -1)
  return [secret, escaped, escapedTwice, encodeURIComponent(secret), ...base64Forms(secret)]
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
