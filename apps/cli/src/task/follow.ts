import { setTimeout as sleep } from 'node:timers/promises'
import type { BatchedEntry } from '@optio/contract'
import { logSocketFrame, SOCKET_CLOSE } from '@optio/contract'
import WebSocket from 'ws'
import { CliError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { isFinished } from './outcome.ts'

/** Waits between attempts to connect again; the last one repeats. */
const BACKOFF_MS = [100, 300, 1_000, 2_000, 5_000] as const
/** A server that stays away longer is not waited for. */
const AWAY_MS = 120_000
/** The server pings every 30 s: one that says nothing for longer than two of them is gone without a word. */
const SILENCE_MS = 75_000
/** A connection that ends sooner and brought nothing is as good as none: whoever answers like that is not asked ten times a second. */
const STEADY_MS = 5_000

export interface Following {
  readonly url: string
  readonly taskId: string
  /** The first entry wanted is the one after this. */
  readonly after: number
  readonly signal: AbortSignal
  /** Asked when a connection is made: a task that finished meanwhile tells nobody again. */
  isFinished(): Promise<boolean>
  entry(entry: BatchedEntry): Promise<void>
  /** Told when the connection is lost and when it is back. */
  say(line: string): Promise<void>
}

/**
 * Hands over every entry once and in order, over as many connections as it takes, until the task is finished. Answers the seq of the
 * last one: what was stored after it is to be read once more, because the end of the task may be told before its last entries.
 */
export async function followLog(following: Following): Promise<number> {
  let last = following.after
  let failures = 0
  let heard = Date.now()
  for (;;) {
    if (following.signal.aborted) throw interrupted()
    const before = last
    const began = Date.now()
    const end = await readOnce(following, last, async (entry) => {
      // A repeat would be a mistake of the server's; it must not become one of the reader's.
      if (entry.seq <= last) return
      await following.entry(entry)
      last = entry.seq
    })
    if (end.refused) throw end.refused
    if (end.finished) return last
    if (following.signal.aborted) throw interrupted()
    if (end.connected && (last > before || Date.now() - began >= STEADY_MS)) {
      heard = Date.now()
      failures = 0
    }
    if (Date.now() - heard > AWAY_MS) {
      throw new CliError(
        EXIT.UNREACHABLE,
        'NOT_RUNNING',
        `No Optio has answered at ${following.url} for ${AWAY_MS / 1000} s. The log goes on with: optio task logs -f ${following.taskId} --since-seq ${last}`,
      )
    }
    if (failures === 0) await following.say('The connection is lost; connecting again …')
    const pause = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 5_000
    failures += 1
    await sleep(pause, undefined, { signal: following.signal }).catch(() => undefined)
  }
}

interface End {
  readonly connected: boolean
  readonly finished: boolean
  /** The server will not have this reader, now or later. */
  readonly refused: CliError | null
}

function readOnce(
  following: Following,
  after: number,
  take: (entry: BatchedEntry) => Promise<void>,
): Promise<End> {
  return new Promise((resolve, reject) => {
    const address = `${following.url.replace(/^http/, 'ws')}/ws/logs/${following.taskId}?batch=1&after=${after}`
    const socket = new WebSocket(address, { handshakeTimeout: 10_000 })
    let connected = false
    let finished = false
    let silence = setTimeout(() => socket.terminate(), SILENCE_MS)
    const heard = () => {
      clearTimeout(silence)
      silence = setTimeout(() => socket.terminate(), SILENCE_MS)
    }
    const abort = () => socket.terminate()
    following.signal.addEventListener('abort', abort, { once: true })
    const finish = () => {
      finished = true
      socket.close()
    }
    // One after the other: frames that arrive while an entry is being written wait their turn.
    let turn = Promise.resolve()
    const inTurn = (work: () => Promise<void>) => {
      turn = turn.then(work)
      turn.catch((error: unknown) => {
        socket.terminate()
        reject(error)
      })
    }
    socket.on('open', () => {
      connected = true
      heard()
      inTurn(async () => {
        // Fails when the server went away again: then the socket says so too.
        if (await following.isFinished().catch(() => false)) finish()
      })
    })
    socket.on('ping', heard)
    socket.on('message', (data) => {
      heard()
      socket.pause()
      inTurn(async () => {
        const frame = logSocketFrame.safeParse(JSON.parse(String(data)))
        if (!frame.success) return
        if (frame.data.type === 'task:logs') for (const entry of frame.data.entries) await take(entry)
        if (frame.data.type === 'task:state_changed' && isFinishedState(frame.data.toState)) finish()
        socket.resume()
      })
    })
    socket.on('error', () => undefined) // `close` follows
    socket.on('close', (code, reason) => {
      clearTimeout(silence)
      following.signal.removeEventListener('abort', abort)
      const refused = refusalOf(code, reason.toString())
      void turn.then(() => resolve({ connected, finished, refused }), reject)
    })
  })
}

function isFinishedState(state: string): boolean {
  return isFinished(state as Parameters<typeof isFinished>[0])
}

function refusalOf(code: number, reason: string): CliError | null {
  if (code === SOCKET_CLOSE.NOT_FOUND) {
    return new CliError(EXIT.NOT_FOUND, 'TASK_NOT_FOUND', reason || 'There is no such task.')
  }
  if (code === SOCKET_CLOSE.UNAUTHORIZED || code === SOCKET_CLOSE.FORBIDDEN) {
    return new CliError(EXIT.REFUSED, 'FORBIDDEN', reason || 'The server does not let you read this.')
  }
  return null
}

function interrupted(): CliError {
  return new CliError(EXIT.INTERRUPTED, 'INTERRUPTED', 'Interrupted; the task goes on.')
}
