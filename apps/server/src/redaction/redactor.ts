import { Automaton, type Span } from './automaton.ts'
import { formsOf, isSecret } from './secret-forms.ts'
import { TOKEN_FORMS, type TokenForm } from './token-forms.ts'

export const REDACTED = '[redacted]'

/** The longest token that is waited for where a text is cut. */
const LONGEST_TOKEN = 1_024

/**
 * Takes secrets out of text, in all their forms. It is no wall against an agent that wants to tell (any cipher gets around it), but
 * against what is printed without thought: an environment, a configuration, a request.
 */
export class Redactor {
  readonly #pattern: RegExp | null
  /** The end of a text that may be the beginning of a token. */
  readonly #openToken: RegExp | null
  readonly #secrets = new Set<string>()
  #automaton: Automaton | null = null

  /** @param tokens secrets that are recognised by their form, known or not. */
  constructor(tokens: readonly TokenForm[] = TOKEN_FORMS) {
    const whole = tokens.map(({ prefix, least }) => `${prefix}[A-Za-z0-9_-]{${least},}`)
    this.#pattern = whole.length === 0 ? null : new RegExp(whole.join('|'), 'g')
    const begun = tokens.flatMap(({ prefix }) => [
      `${prefix}[A-Za-z0-9_-]*`,
      ...Array.from({ length: prefix.length - 1 }, (_, cut) => prefix.slice(0, cut + 1)),
    ])
    this.#openToken = begun.length === 0 ? null : new RegExp(`(?:${begun.join('|')})$`)
  }

  /** What was learnt once is never forgotten: whoever had a value that was replaced may still say it. */
  learn(secrets: readonly string[]): void {
    const before = this.#secrets.size
    for (const secret of secrets) if (isSecret(secret)) this.#secrets.add(secret)
    if (this.#secrets.size > before) this.#automaton = null
  }

  redact(text: string): string {
    const clean = without(text, this.#known().find(text))
    return this.#pattern === null ? clean : clean.replace(this.#pattern, REDACTED)
  }

  /**
   * How many UTF-16 units at the end of a text have to be seen together with what follows it: there a secret may have begun. What
   * stands before them can be redacted by itself.
   */
  heldBack(text: string): number {
    let cut = text.length
    const spans = this.#known().find(text, (start) => {
      cut = Math.min(cut, start)
    })
    const end = text.slice(-LONGEST_TOKEN)
    const token = this.#openToken?.exec(end)
    if (token) cut = Math.min(cut, text.length - end.length + token.index)
    // One that was found is not cut either.
    for (const { start, end } of spans.reverse()) if (start < cut && cut < end) cut = start
    return text.length - cut
  }

  #known(): Automaton {
    this.#automaton ??= new Automaton([...this.#secrets].flatMap(formsOf))
    return this.#automaton
  }
}

function without(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  let clean = ''
  let from = 0
  for (const { start, end } of spans) {
    clean += text.slice(from, start) + REDACTED
    from = end
  }
  return clean + text.slice(from)
}
