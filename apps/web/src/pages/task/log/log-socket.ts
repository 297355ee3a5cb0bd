import { type BatchedEntry, type LogSocketFrame, SOCKET_CLOSE } from '@optio/contract'

/** Pauses before the stream is opened again, in milliseconds; the last holds for all further ones. */
const PAUSES = [250, 500, 1_000, 2_000, 5_000]
/** Frames are handed on with the next picture, or after this many milliseconds where none is drawn (a tab in the background). */
const UNSEEN_MS = 500
/** Nobody reads hundreds of lines a picture: after so many at once the next ones wait, and the page stays quick to use. */
const BURST = 150
const BURST_MS = 100

/** These will not get better by asking again. */
const FINAL: ReadonlySet<number> = new Set([
  SOCKET_CLOSE.UNAUTHORIZED,
  SOCKET_CLOSE.FORBIDDEN,
  SOCKET_CLOSE.NOT_FOUND,
])

export interface LogSocketOptions {
  readonly taskId: string
  /** Seq after which the stream begins. Asked at every opening: what came by other ways meanwhile is not sent again. */
  readonly after: () => Promise<number>
  /** New entries, ascending, without a gap or a repeat; at most once a picture. */
  readonly entries: (entries: readonly BatchedEntry[]) => void
  readonly connection: (connection: LogConnection) => void
}

/** `refused`: it ended for good, for instance because the task was deleted. */
export type LogConnection = 'connecting' | 'live' | 'lost' | 'refused'

/** Follows the end of a log, and goes on where it was after every break. */
export class LogSocket {
  readonly #options: LogSocketOptions
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #failures = 0
  #isClosed = false
  #received: BatchedEntry[] = []
  #lastSeq = 0
  #flush: (() => void) | null = null
  /** Nothing is handed on before this, in milliseconds of the page's clock. */
  #notBefore = 0

  constructor(options: LogSocketOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    this.#options.connection('connecting')
    let after: number
    try {
      after = await this.#options.after()
    } catch {
      return this.#again()
    }
    if (this.#isClosed) return
    this.#lastSeq = after
    const url = new URL(`/ws/logs/${this.#options.taskId}`, window.location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    url.searchParams.set('batch', '1')
    url.searchParams.set('after', String(after))
    const socket = new WebSocket(url)
    this.#socket = socket
    socket.onopen = () => {
      this.#failures = 0
      this.#options.connection('live')
    }
    socket.onmessage = ({ data }) => this.#receive(String(data))
    socket.onclose = ({ code }) => {
      if (this.#isClosed || this.#socket !== socket) return
      this.#deliver()
      if (FINAL.has(code)) this.#options.connection('refused')
      else this.#again()
    }
  }

  close(): void {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#flush?.()
    this.#socket?.close()
    this.#socket = null
  }

  #again(): void {
    if (this.#isClosed) return
    this.#options.connection('lost')
    const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)]
    this.#failures += 1
    this.#timer = setTimeout(() => void this.open(), pause)
  }

  #receive(data: string): void {
    // From the server these pages came from, thousands of entries a second: its form is trusted, its text is not.
    const frame = JSON.parse(data) as LogSocketFrame
    const entries = frame.type === 'task:logs' ? frame.entries : frame.type === 'task:log' ? [frame] : []
    for (const entry of entries) {
      if (entry.seq <= this.#lastSeq) continue
      this.#lastSeq = entry.seq
      this.#received.push(entry)
    }
    if (this.#received.length > 0) {
      this.#flush ??= atNextPicture(() => this.#deliver(), this.#notBefore - performance.now())
    }
  }

  #deliver(): void {
    this.#flush?.()
    this.#flush = null
    const received = this.#received
    this.#received = []
    if (received.length > BURST) this.#notBefore = performance.now() + BURST_MS
    if (received.length > 0 && !this.#isClosed) this.#options.entries(received)
  }
}

/** With the next picture once `wait` milliseconds are over. Answers how to call it off. */
function atNextPicture(task: () => void, wait: number): () => void {
  let frame = 0
  const start = setTimeout(
    () => {
      frame = requestAnimationFrame(task)
    },
    Math.max(0, wait),
  )
  const timer = setTimeout(task, UNSEEN_MS)
  return () => {
    clearTimeout(start)
    clearTimeout(timer)
    cancelAnimationFrame(frame)
  }
}
