import type { WebSocket } from 'ws'
import type { Outlet } from './paced-reader.ts'

/** More than this waiting for a reader means that it has fallen behind. */
const BEHIND_BYTES = 1024 * 1024

const PING_MS = 30_000

/**
 * A WebSocket as a place to send frames to. Pings every half a minute and ends the connection when the last ping was not
 * answered: a reader that vanished without a word would be kept for hours otherwise.
 */
export class SocketOutlet implements Outlet {
  readonly #socket: WebSocket
  readonly #waiting = new Set<() => void>()
  readonly #sent = () => this.#release()
  #answered = true

  constructor(socket: WebSocket, { pingMs = PING_MS }: { pingMs?: number } = {}) {
    this.#socket = socket
    const pings = setInterval(() => {
      if (!this.#answered) return socket.terminate()
      this.#answered = false
      socket.ping()
    }, pingMs)
    socket.on('pong', () => {
      this.#answered = true
    })
    // A broken connection closes; there is nobody to tell.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(pings)
      this.#release()
    })
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  get roomy(): boolean {
    return this.#socket.bufferedAmount < BEHIND_BYTES
  }

  send(frame: Buffer): void {
    // As text: it is JSON.
    this.#socket.send(frame, { binary: false }, this.#sent)
  }

  async room(): Promise<void> {
    while (this.open && !this.roomy) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #release(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
