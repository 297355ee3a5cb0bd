import type { StopReason } from '@optio/core'
import type { Runner } from 'graphile-worker'
import { claim } from './claim.ts'
import { awaitEnd } from './commands/await-end.ts'
import { createRun } from './commands/create-run.ts'
import { edit, forceRedo, forceRestart, requestCancel, resume, retry, runNow } from './commands/person.ts'
import { removeRun } from './commands/remove-run.ts'
import type { EngineContext } from './context.ts'
import { diskProblem } from './disk-room.ts'
import { freeForgottenEffects } from './effects/carry-out.ts'
import type { EngineCommands } from './engine.ts'
import { explainRun } from './explain.ts'
import { CLAIM_NOTICE, STOP_NOTICE } from './notices.ts'
import { pause } from './pause.ts'
import { joinProcesses, type ProcessMembership, reapDeadProcesses } from './process-registry.ts'
import { adoptOrphans, readStopRequests, requestStopOfAll } from './supervise/adopt.ts'
import { Supervisors } from './supervise/supervisors.ts'
import { sweep } from './sweep.ts'
import { wakeRun } from './wake-ups.ts'
import { startWorker } from './worker.ts'

export interface Engine {
  /** Attempts and checks this process supervises now. */
  readonly supervised: number
  /** Settles, with the reason, when this process may not go on working: its liveness could not be kept. */
  readonly lost: Promise<string>
  /** Ends the agents and checks of this process and claims nothing any more; their runs go on at the next start. */
  endAgents(): Promise<void>
  /** Lets go of everything; agents go on and are adopted by whoever comes next. Idempotent. */
  stop(): Promise<void>
}

const DRAIN_POLL_MS = 50
const HEARTBEAT_MS = 10_000
const RUNTIME_HEARTBEAT_MS = 60_000

/** Joins the processes that share the database, and starts to observe, decide and execute. */
export async function startEngine(context: EngineContext): Promise<Engine> {
  const membership = await joinProcesses(context.database, context.config)
  const engine = new RunningEngine(context, membership)
  try {
    await engine.start()
  } catch (error) {
    await engine
      .stop()
      .catch((second: unknown) => context.log.debug({ err: second }, 'half an engine let go'))
    throw error
  }
  return engine
}

class RunningEngine implements Engine {
  readonly lost: Promise<string>
  readonly #context: EngineContext
  readonly #membership: ProcessMembership
  readonly #supervisors: Supervisors
  readonly #effectsUnderWay = new Set<string>()
  readonly #timers: NodeJS.Timeout[] = []
  #worker: Runner | null = null
  #unsubscribe: () => void = () => {}
  #turn: Promise<void> = Promise.resolve()
  #turnWanted = false
  #stopped: Promise<void> | null = null
  #draining = false

  constructor(context: EngineContext, membership: ProcessMembership) {
    this.#context = context
    this.#membership = membership
    this.#supervisors = new Supervisors(context)
    this.lost = membership.lost
  }

  get supervised(): number {
    return this.#supervisors.size
  }

  async start(): Promise<void> {
    await this.#context.runtime.heartbeat()
    this.#worker = await startWorker(this.#context, this.#membership, this.#effectsUnderWay)
    this.#unsubscribe = this.#context.notify.subscribe({
      notice: ({ k }) => {
        if (k === CLAIM_NOTICE || k === STOP_NOTICE) this.#wantTurn()
      },
      readAgain: () => this.#wantTurn(),
    })
    this.#every(this.#context.config.tickMs, 'turn', async () => this.#wantTurn())
    this.#every(this.#context.config.sweepMs, 'sweep', async () => {
      await sweep(this.#context.database)
    })
    this.#every(HEARTBEAT_MS, 'heartbeat', () => this.#membership.heartbeat())
    this.#every(RUNTIME_HEARTBEAT_MS, 'runtime heartbeat', () => this.#context.runtime.heartbeat())
    this.#wantTurn()
  }

  async endAgents(): Promise<void> {
    this.#draining = true
    // A turn that is under way may still claim something: it must be known before everything is asked to stop.
    await this.#turn
    await requestStopOfAll(this.#context.database, this.#membership.identity)
    this.#wantTurn()
    while (this.#supervisors.size > 0) await pause(DRAIN_POLL_MS)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#unsubscribe()
    // At once: an engine that was replaced must not go on with jobs because a supervisor is slow to let go.
    const worker = this.#worker?.stop()
    worker?.catch(() => undefined)
    await this.#supervisors.leaveAll()
    await this.#turn
    await this.#supervisors.leaveAll()
    await worker
    await this.#membership.leave()
  }

  /** One turn at a time; what is asked for during a turn is one more turn after it. */
  #wantTurn(): void {
    if (this.#turnWanted || this.#stopped) return
    this.#turnWanted = true
    this.#turn = this.#turn.then(async () => {
      this.#turnWanted = false
      if (this.#stopped) return
      await this.#quietly('turn', () => this.#takeTurn())
    })
  }

  /** Dead processes first, then what they left behind, then what is to be stopped, then what is waiting. */
  async #takeTurn(): Promise<void> {
    const { database, config } = this.#context
    const self = this.#membership.identity
    await reapDeadProcesses(database, self, config.heartbeatTimeoutMs)
    await freeForgottenEffects(database, self, this.#effectsUnderWay)
    if (!this.#draining) {
      const adopted = await adoptOrphans(database, self, this.#supervisors.ids)
      for (const { id, generation } of adopted.attempts) this.#supervisors.attempt(id, generation)
      for (const { id, generation } of adopted.checks) this.#supervisors.check(id, generation)
    }
    if (this.#supervisors.size > 0) {
      const stops = await readStopRequests(database, self)
      for (const { id, reason } of stops) this.#supervisors.requestStop(id, reason as StopReason)
    }
    if (this.#draining || (await diskProblem(config)) !== null) return
    const claimed = await claim(this.#context, self)
    for (const id of claimed.attempts) this.#supervisors.attempt(id, 1)
    for (const { id, generation } of claimed.checks) this.#supervisors.check(id, generation)
  }

  #every(ms: number, what: string, work: () => Promise<void>): void {
    this.#timers.push(setInterval(() => void this.#quietly(what, work), ms))
  }

  /** The database may be away for a while: what recurs says so and goes on. */
  async #quietly(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#context.log.warn({ what, err: error }, 'it is tried again')
    }
  }
}

/** The engine's commands: transactions only, so they work in any process, whether or not its engine runs. */
export function createCommands(context: EngineContext): EngineCommands {
  return {
    createRun: (run, actor) => createRun(context, run, actor),
    async cancel(ref, actor) {
      await requestCancel(context, ref, actor)
      await awaitEnd(context, ref.runId)
    },
    retry: (ref, actor) => retry(context, ref, actor),
    resume: (ref, options, actor) => resume(context, ref, options, actor),
    forceRestart: (ref, options, actor) => forceRestart(context, ref, options, actor),
    forceRedo: (ref, actor) => forceRedo(context, ref, actor),
    runNow: (ref, actor) => runNow(context, ref, actor),
    edit: (ref, change, actor) => edit(context, ref, change, actor),
    remove: (ref, actor) => removeRun(context, ref, actor),
    explain: (ref) => explainRun(context, ref),
    wake: (runId) => context.database.transaction((tx) => wakeRun(tx, runId)),
  }
}
