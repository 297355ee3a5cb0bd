import type { EventFrame } from '@optio/contract'
import type { QueryClient } from '@tanstack/react-query'

/** Pauses before the stream is opened again, in milliseconds; the last holds for all further ones. */
const PAUSES = [500, 1_000, 2_000, 5_000]
/** Changes that come close together lead to one reading. */
const GATHER_MS = 150
/** Why a task waits is decided a moment after what it waits for has changed, and not always told. */
const AFTERTHOUGHT_MS = 1_500
/** How many tasks are in which state: the server counts once a second, so what it says at once may be from before. */
const COUNTS = ['tasks', 'stats'] as const

/** Issues are shown with the state of their tasks. */
const CHANGES_ISSUES: ReadonlySet<string> = new Set(['task:created', 'task:state_changed', 'task:deleted'])

export type Listener = (event: EventFrame) => void
export type Connection = 'connecting' | 'live' | 'lost'

/**
 * Follows `/ws/events` and marks what changed as stale, so that every page shows what is. After a break it goes on at the last
 * event it saw; readings are marked stale as a whole, because their events may be gone.
 */
export class LiveEvents {
  readonly #queries: QueryClient
  readonly #listeners = new Set<Listener>()
  readonly #connectionListeners = new Set<() => void>()
  readonly #stale = new Map<string, readonly unknown[]>()
  readonly #afterthoughts = new Map<string, ReturnType<typeof setTimeout>>()
  #connection: Connection = 'connecting'
  #socket: WebSocket | null = null
  #lastId: string | null = null
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  #gather: ReturnType<typeof setTimeout> | null = null
  #closed = false
  #reading = false

  constructor(queries: QueryClient) {
    this.#queries = queries
  }

  get connection(): Connection {
    return this.#connection
  }

  /** Told of every event from now on; answers how to stop. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Told when `connection` changes. */
  readonly watchConnection = (listener: () => void): (() => void) => {
    this.#connectionListeners.add(listener)
    return () => this.#connectionListeners.delete(listener)
  }

  open(): void {
    this.#closed = false
    const url = new URL('/ws/events', window.location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    if (this.#lastId !== null) url.searchParams.set('after', this.#lastId)
    const socket = new WebSocket(url)
    this.#socket = socket
    socket.onopen = () => {
      const again = this.#failures > 0
      this.#failures = 0
      this.#become('live')
      if (again) void this.#queries.invalidateQueries()
      this.#touchLater(COUNTS)
    }
    socket.onmessage = ({ data }) => this.#receive(String(data))
    socket.onclose = () => {
      if (this.#closed || this.#socket !== socket) return
      this.#become('lost')
      const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)]
      this.#failures += 1
      this.#timer = setTimeout(() => this.open(), pause)
    }
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const timer of this.#afterthoughts.values()) clearTimeout(timer)
    this.#afterthoughts.clear()
    this.#socket?.close()
    this.#socket = null
  }

  #become(connection: Connection): void {
    if (this.#connection === connection) return
    this.#connection = connection
    for (const listener of this.#connectionListeners) listener()
  }

  #receive(data: string): void {
    const event = parse(data)
    if (event === null) return
    this.#lastId = event.id
    this.#markStale(event)
    for (const listener of this.#listeners) listener(event)
  }

  #markStale(event: EventFrame): void {
    const { type } = event
    // Some of what happened since the last event will not be told any more.
    if (type === 'events:missed') void this.#queries.invalidateQueries()
    const touch = (key: readonly unknown[]) => this.#stale.set(JSON.stringify(key), key)
    const executedId = executedIdOf(event)
    if (executedId !== null) touch(['task', executedId])
    if (type.startsWith('task:') || type.startsWith('run:')) {
      touch(['activity'])
      for (const key of this.#tasksRelatedTo(event)) {
        touch(key)
        this.#touchLater(key)
      }
    }
    this.#markDefinitionsStale(event, touch)
    if (type.startsWith('task:') || type.startsWith('cost:')) touch(['tasks'])
    if (type.startsWith('task:') || type.startsWith('run:')) {
      touch(COUNTS)
      this.#touchLater(COUNTS)
    }
    if (type.startsWith('cost:')) touch(['costs'])
    if (type.startsWith('repo:')) touch(['repos'])
    if (type.startsWith('issues:') || CHANGES_ISSUES.has(type)) touch(['issues'])
    if (type.startsWith('secret')) for (const key of ['secrets', 'github']) touch([key])
    // How many agents run is told with the system.
    if (type.startsWith('system:') || type.endsWith(':state_changed')) touch(['system'])
    this.#readSoon()
  }

  /** An event names the definition it is about, or may be about any that is looked at. */
  #markDefinitionsStale(event: EventFrame, touch: (key: readonly unknown[]) => void): void {
    const [kind, what] = event.type.split(':')
    const about = typeof event.definitionId === 'string' ? [event.definitionId] : []
    if (kind === 'run' || kind === 'task') {
      touch(['runs', 'list', ...about])
      for (const key of this.#lastRunsThatAre(executedIdOf(event))) touch(key)
    }
    const isNew = what === 'created' || what === 'deleted'
    if (isNew) touch(['runs', 'last', ...about])
    // A run that begins may be a trigger's, whose next time is another then.
    if (isNew || kind === 'trigger') touch(['triggers', ...about])
    if (isNew || kind === 'trigger' || typeof event.definitionType === 'string') touch(['definitions'])
  }

  #touchLater(key: readonly unknown[]): void {
    const name = JSON.stringify(key)
    clearTimeout(this.#afterthoughts.get(name))
    const timer = setTimeout(() => {
      this.#afterthoughts.delete(name)
      this.#stale.set(name, key)
      this.#readSoon()
    }, AFTERTHOUGHT_MS)
    this.#afterthoughts.set(name, timer)
  }

  /** Tasks that are looked at and have to do with the one an event is about: as its parent, or by what was read of them. */
  #tasksRelatedTo(event: EventFrame): (readonly unknown[])[] {
    const ids = [executedIdOf(event), event.deletedTaskId]
    const readings = this.#queries.getQueryCache().findAll({
      predicate: ({ queryKey }) => queryKey[0] === 'task' && queryKey[2] === 'relations',
    })
    const related = readings.flatMap(({ queryKey, state }) =>
      Object.values(state.data ?? {}).some(
        (each) => Array.isArray(each) && each.some(({ id }: { id?: unknown }) => ids.includes(id)),
      )
        ? [['task', queryKey[1]]]
        : [],
    )
    const named = [event.parentTaskId, event.dependsOnIds].flat().filter((id) => typeof id === 'string')
    return [...related, ...named.map((id) => ['task', id])]
  }

  /** Readings of a definition's last run that are of this one. */
  #lastRunsThatAre(id: string | null): (readonly unknown[])[] {
    const readings = this.#queries.getQueryCache().findAll({ queryKey: ['runs', 'last'] })
    return readings.flatMap(({ queryKey, state }) =>
      (state.data as { id?: unknown } | null | undefined)?.id === id ? [queryKey] : [],
    )
  }

  /** Never while a reading is under way: it would be broken off, and with enough events none would ever come to its end. */
  #readSoon(): void {
    if (this.#reading || this.#stale.size === 0) return
    this.#gather ??= setTimeout(async () => {
      this.#gather = null
      this.#reading = true
      const keys = [...this.#stale.values()]
      this.#stale.clear()
      await Promise.allSettled(keys.map((queryKey) => this.#queries.invalidateQueries({ queryKey })))
      this.#reading = false
      this.#readSoon()
    }, GATHER_MS)
  }
}

/** What is executed and an event is about: `run:*` events name it otherwise. */
export function executedIdOf({ taskId, runId }: EventFrame): string | null {
  return taskId ?? (typeof runId === 'string' ? runId : null)
}

/** Null for what is no event. */
function parse(data: string): EventFrame | null {
  try {
    const read: unknown = JSON.parse(data)
    return isEvent(read) ? read : null
  } catch {
    return null
  }
}

function isEvent(value: unknown): value is EventFrame {
  if (typeof value !== 'object' || value === null) return false
  const { id, type, at, taskId } = value as Record<string, unknown>
  const isNamed = [id, type, at].every((each) => typeof each === 'string')
  return isNamed && (taskId === null || typeof taskId === 'string')
}
