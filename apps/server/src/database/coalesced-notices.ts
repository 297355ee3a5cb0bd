import { encodeItems } from './notice.ts'

/**
 * Gathers notices of one kind and sends them as `{ k, items: [[key, value], …] }`, at most once per interval and outside of any
 * transaction: committing transactions that notify wait for each other in Postgres, so the log's busy path must not.
 */
export interface CoalescedNotices {
  /** Notes that `key` is now at `value`; the last value of a key within the interval is the one that is sent. */
  add(key: string, value: unknown): void
  /** Sends what is gathered and takes no more. */
  close(): Promise<void>
}

interface CoalesceOptions {
  readonly kind: string
  readonly intervalMs: number
  readonly send: (payloads: string[]) => Promise<void>
  readonly failed: (error: unknown) => void
}

/** The first notice after a quiet interval goes out at once; later ones wait for the interval to end. */
export function coalesceNotices({ kind, intervalMs, send, failed }: CoalesceOptions): CoalescedNotices {
  let gathered = new Map<string, unknown>()
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined
  let lastSent = Number.NEGATIVE_INFINITY
  let closed = false

  const wait = () => Math.max(0, lastSent + intervalMs - performance.now())
  const schedule = (waitMs: number) => {
    timer ??= setTimeout(() => {
      timer = undefined
      sending = flush().finally(() => {
        sending = undefined
        if (gathered.size > 0 && !closed) schedule(wait())
      })
    }, waitMs)
  }
  const flush = async () => {
    const batch = gathered
    gathered = new Map()
    lastSent = performance.now()
    if (batch.size === 0) return
    try {
      await send(encodeItems(kind, batch))
    } catch (error) {
      failed(error)
      if (error instanceof RangeError) return // an item that will never fit
      // Not lost, unless something newer is known by now.
      gathered = new Map([...batch, ...gathered])
      lastSent = performance.now() + 10 * intervalMs
    }
  }
  return {
    add(key, value) {
      if (closed) return
      gathered.set(key, value)
      if (sending === undefined) schedule(wait())
    },
    async close() {
      if (closed) return
      closed = true
      clearTimeout(timer)
      await sending
      await flush()
    },
  }
}
