import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { ATTEMPT_STATES, FIRING_STATES, isLive, RUN_KINDS, RUN_STATES, TRIGGER_TYPES } from '@optio/core'
import { Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '../../database/connection.ts'
import type { DatabaseLog } from '../../database/log.ts'
import type { MeasuredRequest } from '../../http/latency.ts'
import type { Github } from '../github/service.ts'
import { ForgeFigures } from './forge-figures.ts'
import { type Figures, readFigures } from './queries.ts'

/** Figures of the database are asked for at most once in this time, however often and by however many they are wanted. */
const FRESH_MS = 1_000

/** Granularity of the measurement of the event loop, in milliseconds; each is a wake-up of the process. */
const LOOP_RESOLUTION_MS = 20

const NANOSECONDS = 1e9

/**
 * What `/metrics` shows. Figures about tasks are read from the database, so every process that shares it shows the same; those
 * about requests, memory and the event loop are of this process.
 */
export class Metrics {
  readonly #database: Pick<Database, 'orm'>
  readonly #log: DatabaseLog
  readonly #registry = new Registry()
  readonly #requests: Histogram<'method' | 'route' | 'status'>
  readonly #stored: Record<
    'oldest' | 'person' | 'cost' | 'checks' | 'due' | 'late' | 'behind' | 'processes' | 'paused' | 'up',
    Gauge
  >
  readonly #byState: Record<'runs' | 'live' | 'ended' | 'effects' | 'firings', Gauge<string>>
  readonly #own: Record<'memory' | 'heap' | 'cpu', Gauge>
  readonly #loop: Gauge<'quantile'>
  readonly #forges: ForgeFigures
  #delay: IntervalHistogram | null = null
  #known: { readonly at: number; readonly figures: Promise<Figures> } | null = null

  constructor(options: {
    database: Pick<Database, 'orm'>
    log: DatabaseLog
    version: string
    github?: Pick<Github, 'answers' | 'limits'>
  }) {
    this.#database = options.database
    this.#log = options.log
    const registers = [this.#registry]
    const gauge = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
      new Gauge<L>({ name, help, labelNames, registers })
    this.#forges = new ForgeFigures(this.#registry, options.github ?? null)
    gauge('optio_info', 'The version that runs.', ['version']).set({ version: options.version }, 1)
    this.#byState = {
      runs: gauge('optio_runs', 'Runs by kind and state.', ['kind', 'state']),
      live: gauge('optio_attempts_live', 'Attempts whose agent starts or runs.', ['state']),
      ended: gauge('optio_attempts_ended', 'Attempts that ended, of the tasks that are stored.', ['outcome']),
      effects: gauge(
        'optio_effects',
        'Effects that wait, are carried out, or were given up in a run that is not finished.',
        ['state'],
      ),
      firings: gauge(
        'optio_trigger_firings_day',
        'Firings of triggers in the last 24 hours, and what came of them.',
        ['type', 'state'],
      ),
    }
    this.#stored = {
      up: gauge('optio_database_up', 'Whether the database answered this scrape.'),
      person: gauge('optio_runs_waiting_for_person', 'Runs that a person has to act on.'),
      oldest: gauge(
        'optio_queue_oldest_seconds',
        'How long the run that waits longest has waited for a slot.',
      ),
      cost: gauge('optio_cost_usd', 'What all attempts cost, of the tasks that are stored.'),
      checks: gauge('optio_checks_live', 'Checks that run.'),
      due: gauge('optio_triggers_due', 'Schedules that are due and have not fired yet.'),
      late: gauge('optio_trigger_late_seconds', 'How late the schedule is that has been due longest.'),
      behind: gauge('optio_trigger_firings_waiting', 'Firings that wait for the run before to end.'),
      processes: gauge('optio_processes', 'Server processes that share the database.'),
      paused: gauge('optio_paused', 'Whether Optio is paused.'),
    }
    this.#own = {
      memory: gauge('process_resident_memory_bytes', 'Resident memory of this process.'),
      heap: gauge('nodejs_heap_size_used_bytes', 'Memory that JavaScript uses in this process.'),
      cpu: gauge('process_cpu_seconds_total', 'User and system time of this process.'),
    }
    gauge('process_start_time_seconds', 'When this process started, since the epoch.').set(
      Math.round(performance.timeOrigin) / 1000,
    )
    this.#loop = gauge(
      'optio_event_loop_delay_seconds',
      'How late the event loop was, since the scrape before.',
      ['quantile'],
    )
    this.#requests = new Histogram({
      name: 'optio_http_request_duration_seconds',
      help: 'Time from a request to the end of its answer, by pattern of the route.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  measured({ method, route, status, ms }: MeasuredRequest): void {
    this.#requests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, ms / 1000)
  }

  /** All of them in Prometheus' text format. While the database is away only those of this process. */
  async text(): Promise<string> {
    this.#describeProcess()
    try {
      this.#describe(await this.#figures())
      this.#stored.up.set(1)
    } catch (error) {
      this.#log.warn({ err: error }, 'The figures for /metrics cannot be read from the database.')
      for (const each of Object.values(this.#stored)) each.remove()
      for (const each of Object.values(this.#byState)) each.reset()
      this.#forges.forget()
      this.#stored.up.set(0)
    }
    return await this.#registry.metrics()
  }

  close(): void {
    this.#delay?.disable()
  }

  async #figures(): Promise<Figures> {
    const now = performance.now()
    if (this.#known === null || now - this.#known.at >= FRESH_MS) {
      this.#known = { at: now, figures: readFigures(this.#database.orm) }
    }
    return await this.#known.figures
  }

  /** States nothing is in are shown as 0: a line that comes and goes can't be watched. */
  #describe(figures: Figures): void {
    for (const kind of RUN_KINDS) {
      for (const state of RUN_STATES) {
        this.#byState.runs.set({ kind, state }, figures.runs[kind]?.[state] ?? 0)
      }
    }
    for (const type of TRIGGER_TYPES) {
      for (const state of FIRING_STATES) {
        this.#byState.firings.set({ type, state }, figures.firings[type]?.[state] ?? 0)
      }
    }
    for (const state of ATTEMPT_STATES) {
      const count = figures.attempts[state] ?? 0
      if (isLive(state)) this.#byState.live.set({ state }, count)
      else this.#byState.ended.set({ outcome: state }, count)
    }
    for (const state of ['pending', 'executing', 'dead']) {
      this.#byState.effects.set({ state }, figures.effects[state] ?? 0)
    }
    this.#stored.person.set(figures.waitingForPerson)
    this.#stored.oldest.set(Math.max(0, figures.oldestQueuedSeconds))
    this.#stored.cost.set(figures.costUsd)
    this.#stored.checks.set(figures.checksRunning)
    this.#stored.due.set(figures.triggersDue)
    this.#stored.late.set(figures.latestTriggerSeconds)
    this.#stored.behind.set(figures.firingsWaiting)
    this.#stored.processes.set(figures.processes)
    this.#stored.paused.set(figures.paused ? 1 : 0)
    this.#forges.describe(figures)
  }

  #describeProcess(): void {
    const { rss, heapUsed } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    this.#own.memory.set(rss)
    this.#own.heap.set(heapUsed)
    this.#own.cpu.set((user + system) / 1e6)
    this.#forges.describeProcess()
    this.#describeLoop()
  }

  /** Measured from the first scrape on: it costs a wake-up every 20 ms, which is too much while nobody looks. */
  #describeLoop(): void {
    if (this.#delay === null) {
      this.#delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
      this.#delay.enable()
      return
    }
    // The interval itself is part of what is measured.
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - LOOP_RESOLUTION_MS / 1000)
    for (const quantile of [0.5, 0.99]) {
      this.#loop.set({ quantile: String(quantile) }, late(this.#delay.percentile(quantile * 100)))
    }
    this.#loop.set({ quantile: '1' }, late(this.#delay.max))
    this.#delay.reset()
  }
}
