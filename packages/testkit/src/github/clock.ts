import type { FakeClock } from './control/github.ts'

interface Due {
  readonly at: number
  readonly order: number
  readonly act: () => void | Promise<void>
}

/** Real time plus an offset that only grows, and what is to happen at some time of it. */
export class Clock implements FakeClock {
  #offset = 0
  #order = 0
  #due: Due[] = []
  #timer: NodeJS.Timeout | undefined
  #closed = false
  readonly #running = new Set<Promise<void>>()

  now(): number {
    return Date.now() + this.#offset
  }

  iso(): string {
    return isoOf(this.now())
  }

  /** Once `ms` of this clock have passed; at once (before this returns) when that is 0. */
  after(ms: number, act: () => void | Promise<void>): void {
    if (ms <= 0) {
      this.#do(act)
      return
    }
    this.#order += 1
    this.#due.push({ at: this.now() + ms, order: this.#order, act })
    this.#arm()
  }

  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError('The clock goes forward only.')
    const end = this.now() + ms
    // Step by step, so that what comes about on the way happens at its own time.
    for (;;) {
      const next = this.#next()
      if (next === undefined || next.at > end) break
      this.#offset += Math.max(0, next.at - this.now())
      this.#fire()
      await this.settled()
    }
    this.#offset += Math.max(0, end - this.now())
    await this.settled()
  }

  /** When nothing that was due is still happening. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#due = []
  }

  #next(): Due | undefined {
    return this.#due.reduce<Due | undefined>(
      (first, due) =>
        first === undefined || due.at < first.at || (due.at === first.at && due.order < first.order)
          ? due
          : first,
      undefined,
    )
  }

  #fire(): void {
    const now = this.now()
    const due = this.#due.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at || a.order - b.order)
    this.#due = this.#due.filter(({ at }) => at > now)
    for (const { act } of due) this.#do(act)
    this.#arm()
  }

  #do(act: () => void | Promise<void>): void {
    if (this.#closed) return
    const running = Promise.resolve(act()).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const next = this.#next()
    if (next === undefined || this.#closed) return
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.max(0, next.at - this.now()), 2 ** 30))
    this.#timer.unref()
  }
}

/** As GitHub writes times: without fractions of a second. */
export function isoOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
