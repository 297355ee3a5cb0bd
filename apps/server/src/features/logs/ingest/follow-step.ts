import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentAdapter, ParserState } from '@optio/agents'
import type { NanoUsd } from '@optio/core'
import { STEP_FILES } from '@optio/runtimes'
import type { Database } from '../../../database/connection.ts'
import { isConnectionError, sqlState } from '../../../database/errors.ts'
import type { DatabaseLog } from '../../../database/log.ts'
import type { LogHub } from '../hub.ts'
import { ChangeWatch } from './change-watch.ts'
import { OutputFile } from './output-file.ts'
import {
  type AttemptTotals,
  type FollowedAttempt,
  type Progress,
  readProgress,
  storeTurn,
} from './progress.ts'
import { readTurn } from './turn.ts'

export interface FollowRequest {
  readonly attempt: FollowedAttempt
  /** Directory of the step, with its files `out` and `err`. */
  readonly dir: string
  readonly adapter: AgentAdapter
  /** Takes the credentials that agents are given out of a text. */
  readonly redact: (text: string) => string
  /** How many UTF-16 units at the end of a text may be the beginning of a credential; left out: none are. */
  readonly heldBack?: (text: string) => number
  /** Resolves when nothing of the step runs any more: its files are complete then. Its rejection is passed on. */
  readonly ended: Promise<unknown>
  /** Aborted when this process is to let go of the attempt; another goes on at the byte where this one stopped. */
  readonly signal: AbortSignal
  /** Told the state of the adapter's parser whenever it is known to be stored. */
  readonly onState?: (state: ParserState) => void
  /** Told the whole cost of the attempt, in nano-dollars, whenever it has grown and is stored. */
  readonly onUsage?: (total: NanoUsd) => void
}

export interface FollowDependencies {
  readonly database: Pick<Database, 'orm'>
  readonly hub: LogHub
  readonly log: DatabaseLog
}

export interface Followed {
  readonly totals: AttemptTotals
  /** State of the adapter's parser after the last line. */
  readonly parserState: ParserState
}

/** Pause between two reads while there is output, and the longest while there is none. */
const BUSY_MS = 50
const IDLE_MS = 250

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5_000

/**
 * Brings the output of a step into the log of its run, from the stored offsets to the end, and resolves with the totals of the
 * attempt and the parser's last state when all of it is stored. Entries, offsets and usage are stored together, so that whoever goes on after a kill
 * neither loses nor repeats a line. While the database is away or full, the files are the buffer.
 *
 * Throws FENCED when the attempt was taken over or has ended, the reason of `signal`, or what `ended` rejects with.
 */
export async function followStep(
  dependencies: FollowDependencies,
  request: FollowRequest,
): Promise<Followed> {
  const follower = new Follower(dependencies, request)
  try {
    const { totals, parserState } = await follower.follow()
    return { totals, parserState: parserState ?? request.adapter.initialState() }
  } finally {
    await follower.close()
  }
}

class Follower {
  readonly #dependencies: FollowDependencies
  readonly #request: FollowRequest
  readonly #stdout: OutputFile
  readonly #stderr: OutputFile
  readonly #ended = new AbortController()
  /** Ends every wait: there is nothing to wait for when the step has ended. */
  readonly #stop: AbortSignal
  #endedWith: { error: unknown } | null = null
  #progress: Progress | null = null
  #told: NanoUsd = 0n
  #failures = 0

  constructor(dependencies: FollowDependencies, request: FollowRequest) {
    this.#dependencies = dependencies
    this.#request = request
    this.#stdout = new OutputFile(join(request.dir, STEP_FILES.stdout), request.heldBack)
    this.#stderr = new OutputFile(join(request.dir, STEP_FILES.stderr), request.heldBack)
    this.#stop = AbortSignal.any([request.signal, this.#ended.signal])
    request.ended.then(
      () => this.#ended.abort(),
      (error: unknown) => {
        this.#endedWith = { error }
        this.#ended.abort()
      },
    )
  }

  async follow(): Promise<Progress> {
    let watch: ChangeWatch | null = null
    try {
      for (;;) {
        this.#request.signal.throwIfAborted()
        if (this.#endedWith) throw this.#endedWith.error
        // Looked at before reading: what was written before the end is seen by the read after it.
        const final = this.#ended.signal.aborted
        const turn = await this.#turn(final)
        if (turn === 'nothing' && final) return await this.#known()
        if (turn === 'more' || final) continue
        if (turn === 'some') {
          watch?.close()
          watch = null
          await pause(BUSY_MS, this.#stop)
        } else if (watch === null || watch.changed) {
          watch?.close()
          // Read once more now that no change can be missed.
          watch = new ChangeWatch(this.#request.dir)
        } else {
          await watch.wait(IDLE_MS, this.#stop)
        }
      }
    } finally {
      watch?.close()
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#stdout.close(), this.#stderr.close()])
  }

  /** Reads and stores what is new. A passing failure is waited out; then all is read again from what is stored. */
  async #turn(final: boolean): Promise<'nothing' | 'some' | 'more'> {
    try {
      const turn = await this.#readAndStore(final)
      if (this.#failures > 0) {
        this.#dependencies.log.info({ attempt: this.#request.attempt.id }, 'The log can be stored again.')
        this.#failures = 0
      }
      return turn
    } catch (error) {
      if (!willPass(error)) throw error
      if (this.#failures === 0) {
        this.#dependencies.log.warn(
          { err: error, attempt: this.#request.attempt.id },
          'The log cannot be stored at the moment. Trying again; the output waits in its file.',
        )
      }
      const wait = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, LONGEST_BACKOFF_MS)
      this.#failures = Math.min(this.#failures + 1, 10)
      // Whether the last transaction was committed is unknown: the stored progress says it.
      this.#progress = null
      await pause(wait * (0.5 + Math.random() / 2), this.#request.signal)
      return 'more'
    }
  }

  async #readAndStore(final: boolean): Promise<'nothing' | 'some' | 'more'> {
    const { attempt, adapter, redact } = this.#request
    const { database, hub } = this.#dependencies
    const before = await this.#known()
    const stdout = await this.#stdout.read(before.stdout, final)
    const stderr = await this.#stderr.read(before.stderr, final)
    if (stdout === null && stderr === null) return 'nothing'

    const turn = readTurn(adapter, before.parserState ?? adapter.initialState(), stdout, stderr, redact)
    const next = { stdout: stdout?.next ?? before.stdout, stderr: stderr?.next ?? before.stderr }
    const stored = await storeTurn(database.orm, attempt, before, turn, next)
    if (stored === null) {
      this.#progress = null
      return 'more'
    }
    this.#progress = stored.progress
    this.#tellState(stored.progress)
    hub.publish(attempt.runId, stored.entries)
    this.#tellUsage(stored.progress)
    return stdout?.more || stderr?.more ? 'more' : 'some'
  }

  async #known(): Promise<Progress> {
    if (this.#progress === null) {
      const { attempt } = this.#request
      this.#progress = await readProgress(this.#dependencies.database.orm, attempt)
      this.#tellUsage(this.#progress)
      this.#tellState(this.#progress)
      // Entries may have been committed by a transaction whose answer was lost, or by a process that died before it told.
      if (this.#progress.stdout.offset + this.#progress.stderr.offset > 0)
        this.#dependencies.hub.announce(attempt.runId)
    }
    return this.#progress
  }

  #tellState({ parserState }: Progress): void {
    if (parserState !== null) this.#request.onState?.(parserState)
  }

  #tellUsage({ totals }: Progress): void {
    if (totals.cost === this.#told) return
    this.#told = totals.cost
    this.#request.onUsage?.(totals.cost)
  }
}

/** Failures that are no fault of the data: the database is away, full, or had to choose; the system is out of handles. */
function willPass(error: unknown): boolean {
  if (isConnectionError(error)) return true
  if (/^(40|53|55|57|58)|^25006$/.test(sqlState(error) ?? '')) return true
  return ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'].includes(String((error as NodeJS.ErrnoException)?.code))
}

/** Sleeps; returns early when `stop` aborts. */
async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: stop }).catch(() => undefined)
}
