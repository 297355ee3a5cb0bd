import type { Redactor } from './redactor.ts'

/** Redacts text that comes in pieces: a secret that is split over two of them, or over many, is found. */
export class RedactedStream {
  readonly #redactor: Redactor
  #held = ''

  constructor(redactor: Redactor) {
    this.#redactor = redactor
  }

  /** What can be said by now; where a secret may have begun at the end, that waits for the next piece. */
  write(piece: string): string {
    const text = this.#held + piece
    const cut = text.length - this.#redactor.heldBack(text)
    this.#held = text.slice(cut)
    return this.#redactor.redact(text.slice(0, cut))
  }

  /** What was held back: nothing comes after it. */
  end(): string {
    const rest = this.#held
    this.#held = ''
    return this.#redactor.redact(rest)
  }
}
