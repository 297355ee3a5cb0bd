import { formsOf, isSecret } from './secret-forms.ts'

export const REDACTED = '[redacted]'

/**
 * Takes secrets out of text, in all their forms. It is no wall against an agent that wants to tell (any cipher gets around it), but against what is printed
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
    for (const secret of secrets) if (isSecret(secret)) this.#secrets.add(secret)
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
