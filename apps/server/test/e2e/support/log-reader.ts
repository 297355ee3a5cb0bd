import type { BatchedEntry, LogSocketFrame } from '@optio/contract'
import { WebSocket } from 'ws'

/** Somebody who watches the log of a task and comes back, with what was seen last, whenever the server goes away. */
export interface LogReader {
  readonly entries: readonly BatchedEntry[]
  /** Frames that were out of order, repeated or missing something before them. */
  readonly faults: readonly string[]
  readonly connections: number
  close(): void
}

const AGAIN_MS = 20

/** @param urlOf address of the server that runs now, or null while there is none. */
export function followLog(taskId: string, urlOf: () => string | null): LogReader {
  const entries: BatchedEntry[] = []
  const faults: string[] = []
  let closed = false
  let socket: WebSocket | null = null
  let connections = 0

  const take = (entry: BatchedEntry) => {
    const last = entries.at(-1)?.seq ?? 0
    if (entry.seq !== last + 1) faults.push(`${entry.seq} came after ${last}`)
    entries.push(entry)
  }
  const connect = () => {
    if (closed) return
    const url = urlOf()
    if (url === null) return again()
    const after = entries.at(-1)?.seq ?? 0
    // Every other connection asks for batches, so that both forms are read.
    const batch = connections % 2
    socket = new WebSocket(`${url.replace('http', 'ws')}/ws/logs/${taskId}?after=${after}&batch=${batch}`)
    socket.on('open', () => {
      connections += 1
    })
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as LogSocketFrame
      if (frame.type === 'task:log') take(frame)
      else if (frame.type === 'task:logs') for (const entry of frame.entries) take(entry)
    })
    socket.on('error', () => undefined) // followed by its close
    socket.on('close', again)
  }
  const again = () => {
    if (!closed) setTimeout(connect, AGAIN_MS)
  }
  connect()
  return {
    entries,
    faults,
    get connections() {
      return connections
    },
    close() {
      closed = true
      socket?.terminate()
    },
  }
}
