import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type pg from 'pg'
import { type CoalescedNotices, coalesceNotices } from './coalesced-notices.ts'
import type { Database, Queries } from './connection.ts'
import type { DatabaseLog } from './log.ts'
import { CHANNEL, encodeNotice, type Notice } from './notice.ts'

export type { CoalescedNotices } from './coalesced-notices.ts'
export type { Notice } from './notice.ts'

/**
 * - `listening`: notices arrive as they are committed.
 * - `polling`: they do not (a pooler swallows LISTEN, or the connection is lost just now): subscribers are told to read again at intervals.
 */
export type NotifyMode = 'listening' | 'polling'

export interface NoticeSubscriber {
  /** A notice of any process, this one included. A hint, and in no order with other connections. */
  notice(notice: Notice): void
  /** Notices may have been missed: read again what you follow. */
  readAgain(): void
}

export interface NotifyBus {
  readonly mode: NotifyMode
  /** Returns the function that ends the subscription. */
  subscribe(subscriber: NoticeSubscriber): () => void
  /** Sends notices when the transaction commits, or at once on the pool. Throws when one is over 7999 bytes of JSON. */
  publish(queries: Queries, ...notices: Notice[]): Promise<void>
  /** Notices of one kind gathered over a time and sent outside of any transaction: see `CoalescedNotices`. */
  coalesce(kind: string, intervalMs?: number): CoalescedNotices
  /** Ends the connection and all subscriptions; sends what is gathered. Idempotent. */
  close(): Promise<void>
}

export interface NotifyOptions {
  readonly database: Database
  readonly log: DatabaseLog
  /** How often subscribers read again while nothing can be heard; 1 s. */
  readonly pollMs?: number
  /** How long the echo of our own notice may take, before a pooler is assumed; 2 s. */
  readonly echoMs?: number
}

/** Waits between attempts to connect. */
const BACKOFF_MS = [50, 200, 500, 1_000, 2_000, 5_000] as const
/** How often listening is tried again behind a pooler: it may have been a slow moment. */
const RETRY_POOLER_MS = 60_000
/** How often a TCP connection is asked whether it is still there, and how long it may take to answer. */
const HEARTBEAT_MS = 15_000

/** Opens the process's one listening connection and resolves when it is known to hear, or not to. */
export async function openNotifyBus(options: NotifyOptions): Promise<NotifyBus> {
  const bus = new ListeningBus(options)
  await bus.connect()
  return bus
}

class ListeningBus implements NotifyBus {
  readonly #options: NotifyOptions
  readonly #subscribers = new Set<NoticeSubscriber>()
  readonly #coalesced: CoalescedNotices[] = []
  /** Recognises the notice this bus sent to itself. */
  readonly #own = randomBytes(6).toString('hex')
  readonly #poll: NodeJS.Timeout
  #client: pg.Client | null = null
  #listening = false
  #heard: (() => void) | null = null
  #failures = 0
  #retry: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #closed: Promise<void> | undefined

  constructor(options: NotifyOptions) {
    this.#options = options
    this.#poll = setInterval(() => {
      if (!this.#listening) this.#tellReadAgain()
    }, options.pollMs ?? 1_000)
    this.#poll.unref()
  }

  get mode(): NotifyMode {
    return this.#listening ? 'listening' : 'polling'
  }

  subscribe(subscriber: NoticeSubscriber): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  async publish(queries: Queries, ...notices: Notice[]): Promise<void> {
    if (notices.length === 0) return
    const payloads = sql.param(notices.map(encodeNotice))
    await queries.execute(sql`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) payload`)
  }

  coalesce(kind: string, intervalMs = 100): CoalescedNotices {
    const { database, log } = this.#options
    const notices = coalesceNotices({
      kind,
      intervalMs,
      send: async (payloads) => {
        await database.pool.query('select pg_notify($1, payload) from unnest($2::text[]) payload', [
          CHANNEL,
          payloads,
        ])
      },
      failed: (error) => log.warn({ err: error, kind }, 'Notices could not be sent. Trying again.'),
    })
    this.#coalesced.push(notices)
    return notices
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    clearInterval(this.#poll)
    clearTimeout(this.#retry)
    clearInterval(this.#heartbeat)
    await Promise.all(this.#coalesced.map((notices) => notices.close()))
    this.#subscribers.clear()
    await this.#client?.end().catch(() => undefined)
  }

  async connect(): Promise<void> {
    const { database, log } = this.#options
    let client: pg.Client
    try {
      client = await database.dedicated('notices')
    } catch (error) {
      this.#connectLater(error)
      return
    }
    if (this.#closed !== undefined) return void client.end().catch(() => undefined)
    this.#client = client
    client.on('notification', ({ payload }) => this.#receive(payload ?? ''))
    client.once('end', () => this.#lost(client))
    client.once('error', () => this.#lost(client))
    try {
      if (await this.#hearsItself(client)) {
        this.#listening = true
        this.#failures = 0
        this.#watch(client)
        this.#tellReadAgain()
        return
      }
      log.warn(
        {},
        'Notices do not arrive through this database connection (a pooler?). Reading at intervals.',
      )
      this.#abandon(client)
      this.#schedule(RETRY_POOLER_MS)
    } catch (error) {
      if (this.#client !== client) return // `#lost` has it already
      this.#abandon(client)
      this.#connectLater(error)
    }
  }

  /** Sends a notice through the pool: behind a pooler that hands sessions around, LISTEN succeeds and nothing ever comes. */
  async #hearsItself(client: pg.Client): Promise<boolean> {
    await client.query(`listen ${CHANNEL}`)
    let timer: NodeJS.Timeout | undefined
    const echo = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, this.#options.echoMs ?? 2_000, false)
      this.#heard = () => resolve(true)
    })
    try {
      await this.publish(this.#options.database.orm, { k: '', own: this.#own })
      return await echo
    } finally {
      clearTimeout(timer)
      this.#heard = null
    }
  }

  #receive(payload: string): void {
    let notice: Notice
    try {
      notice = JSON.parse(payload) as Notice
    } catch {
      return // somebody else's use of the channel
    }
    if (typeof notice?.k !== 'string') return
    if (notice.k === '') {
      if (notice.own === this.#own) this.#heard?.()
      return
    }
    for (const subscriber of this.#subscribers) this.#tell(() => subscriber.notice(notice))
  }

  #tellReadAgain(): void {
    for (const subscriber of this.#subscribers) this.#tell(() => subscriber.readAgain())
  }

  /** One subscriber that throws must not keep the others from hearing. */
  #tell(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#options.log.error({ err: error }, 'A subscriber to notices failed.')
    }
  }

  /** A TCP connection whose other end vanished looks alive until it is written to. */
  #watch(client: pg.Client): void {
    if (this.#options.database.local) return
    this.#heartbeat = setInterval(() => {
      const late = setTimeout(() => this.#lost(client), HEARTBEAT_MS - 1_000)
      client
        .query('select 1')
        .catch(() => this.#lost(client))
        .finally(() => clearTimeout(late))
    }, HEARTBEAT_MS)
    this.#heartbeat.unref()
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client || this.#closed !== undefined) return
    this.#abandon(client)
    this.#connectLater(new Error('The connection ended.'))
  }

  #abandon(client: pg.Client): void {
    this.#client = null
    this.#listening = false
    clearInterval(this.#heartbeat)
    client.end().catch(() => undefined)
  }

  #connectLater(error: unknown): void {
    if (this.#closed !== undefined) return
    const wait = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length - 1)] ?? 5_000
    if (this.#failures === 0) {
      this.#options.log.warn({ err: error }, 'Notices of the database are not heard. Connecting again.')
    }
    this.#failures += 1
    this.#schedule(wait * (0.75 + Math.random() / 2))
  }

  #schedule(waitMs: number): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.connect(), waitMs)
    this.#retry.unref()
  }
}
