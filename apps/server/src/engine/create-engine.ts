import type { StopReason } from '@optio/core'
import { claim } from './claim.ts'
import { awaitEnd } from './commands/await-end.ts'
import { createRun, createRunIn } from './commands/create-run.ts'
import { createRunsTogether } from './commands/create-together.ts'
import { addDependencies, removeDependency } from './commands/dependencies.ts'
import { pauseStarts, unpauseStarts } from './commands/pause.ts'
import { edit, forceRedo, forceRestart, requestCancel, resume, retry, runNow } from './commands/person.ts'
import { removeRun } from './commands/remove-run.ts'
import type { EngineContext } from './context.ts'
import { diskProblem } from './disk-room.ts'
import { freeForgottenEffects } from './effects/carry-out.ts'
import type { EngineCommands } from './engine.ts'
import { explainRun } from './explain.ts'
import { type Glance, glance } from './glance.ts'
import { sendMessage, whyNoMessage } from './messages/send-message.ts'
import { CLAIM_NOTICE, ORPHANS_NOTICE, STOP_NOTICE } from './notices.ts'
import { pause } from './pause.ts'
import { joinProcesses, type ProcessMembership, reapDeadProcesses } from './process-registry.ts'
import { startReview } from './reviews/start-review.ts'
import { adoptOrphans, readStopRequests, requestStopOfAll } from './supervise/adopt.ts'
import { Supervisors } from './supervise/supervisors.ts'
import { sweep } from './sweep.ts'
import { wakeRun } from './wake-ups.ts'
import { watchPullRequests } from './watch/moved.ts'
import { askAfterStart, healWatches } from './watch/rows.ts'
import { startWorker, type Worker } from './worker.ts'

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

/** What a turn does. `look` is to find out by a glance, for who knows of nothing. */
type Wish = 'look' | 'reap' | 'adopt' | 'stop' | 'claim' | 'fire'

const EVERYTHING: readonly Wish[] = ['reap', 'adopt', 'stop', 'claim', 'fire']

/** What a notice is a wish for. */
const WISHES: Readonly<Record<string, readonly Wish[]>> = {
  [CLAIM_NOTICE]: ['claim'],
  [STOP_NOTICE]: ['stop'],
  [ORPHANS_NOTICE]: ['adopt', 'claim'],
}

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
  #worker: Worker | null = null
  #unsubscribe: () => void = () => {}
  #turn: Promise<void> = Promise.resolve()
  #firing: Promise<void> | null = null
  #wishes = new Set<Wish>()
  #early: NodeJS.Timeout | undefined
  #stopped: Promise<void> | null = null
  #draining = false
  #lose: (why: string) => void = () => {}

  constructor(context: EngineContext, membership: ProcessMembership) {
    this.#context = context
    this.#membership = membership
    this.#supervisors = new Supervisors(context)
    const workersEnded = new Promise<string>((resolve) => {
      this.#lose = resolve
    })
    this.lost = Promise.race([membership.lost, workersEnded])
  }

  get supervised(): number {
    return this.#supervisors.size
  }

  async start(): Promise<void> {
    await this.#context.runtime.heartbeat()
    this.#worker = await startWorker(this.#context, this.#membership, this.#effectsUnderWay)
    // Without workers it would hold its place and its agents, and take none of their runs any further.
    void this.#worker.ended.then(this.#lose)
    this.#unsubscribe = this.#context.notify.subscribe({
      notice: ({ k }) => this.#want(WISHES[k] ?? []),
      readAgain: () => this.#want(EVERYTHING),
    })
    this.#every(this.#context.config.tickMs, 'turn', async () => this.#want(['look']))
    this.#every(this.#context.config.sweepMs, 'sweep', async () => {
      await sweep(this.#context.database)
      await this.#context.jobs?.sweep()
    })
    this.#every(this.#context.config.sweepMs, 'watch', async () => {
      await watchPullRequests(this.#context)
      if (this.#context.watcher) await healWatches(this.#context.database.orm)
    })
    this.#every(HEARTBEAT_MS, 'heartbeat', () => this.#membership.heartbeat())
    this.#every(RUNTIME_HEARTBEAT_MS, 'runtime heartbeat', () => this.#context.runtime.heartbeat())
    this.#want(EVERYTHING)
    if (this.#context.watcher) {
      const { database, config } = this.#context
      await this.#quietly('watch', () => askAfterStart(database, config.watchMs))
    }
  }

  async endAgents(): Promise<void> {
    this.#draining = true
    // A turn that is under way may still claim something: it must be known before everything is asked to stop.
    await this.#turn
    await requestStopOfAll(this.#context.database, this.#membership.identity)
    this.#want(['stop'])
    while (this.#supervisors.size > 0) await pause(DRAIN_POLL_MS)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#early)
    this.#unsubscribe()
    // At once: an engine that was replaced must not go on with jobs because a supervisor is slow to let go.
    const worker = this.#worker?.stop()
    worker?.catch(() => undefined)
    await this.#supervisors.leaveAll()
    await this.#turn
    await this.#firing
    await this.#supervisors.leaveAll()
    await worker
    await this.#membership.leave()
  }

  /** One turn at a time; what is wished for during a turn is done in one more turn after it. */
  #want(wishes: readonly Wish[]): void {
    if (wishes.length === 0 || this.#stopped) return
    const isPlanned = this.#wishes.size > 0
    for (const wish of wishes) this.#wishes.add(wish)
    if (isPlanned) return
    this.#turn = this.#turn.then(async () => {
      const wanted = this.#wishes
      this.#wishes = new Set()
      if (!this.#stopped) await this.#quietly('turn', () => this.#takeTurn(wanted))
    })
  }

  /** Dead processes first, then what they left behind, then what is to be stopped, then what is waiting. */
  async #takeTurn(wanted: Set<Wish>): Promise<void> {
    const { database, config } = this.#context
    const self = this.#membership.identity
    if (wanted.has('look')) await this.#look(wanted)
    if (wanted.has('reap') && (await reapDeadProcesses(database, self, config.heartbeatTimeoutMs)) > 0) {
      wanted.add('adopt').add('claim')
    }
    if (wanted.has('adopt')) {
      await freeForgottenEffects(database, self, this.#effectsUnderWay)
      if (!this.#draining) await this.#adopt()
    }
    if (wanted.has('stop') && this.#supervisors.size > 0) {
      const stops = await readStopRequests(database, self)
      for (const { id, reason } of stops) this.#supervisors.requestStop(id, reason as StopReason)
    }
    if (wanted.has('fire')) this.#fire()
    if (!wanted.has('claim') || this.#draining || (await diskProblem(config)) !== null) return
    const claimed = await claim(this.#context, self)
    for (const id of claimed.attempts) this.#supervisors.attempt(id, 1)
    for (const { id, generation } of claimed.checks) this.#supervisors.check(id, generation)
  }

  /** Adds to the wishes what a glance finds to be done, and arranges the next one where something is due before the next tick. */
  async #look(wanted: Set<Wish>): Promise<void> {
    const seen = await glance(this.#context, this.#membership.identity, this.#supervisors.ids)
    for (const wish of wishesOf(seen)) wanted.add(wish)
    if (seen.dueJobs > 0) this.#worker?.nudge(seen.dueJobs)
    if (seen.nextMs === null || seen.nextMs >= this.#context.config.tickMs || this.#stopped) return
    clearTimeout(this.#early)
    this.#early = setTimeout(() => this.#want(['look']), seen.nextMs + 1)
  }

  /** Beside the turns: making five hundred runs takes seconds, and what they wait for must go on. */
  #fire(): void {
    const { schedules } = this.#context
    if (schedules === undefined || this.#draining || this.#firing !== null) return
    const isOver = () => this.#stopped !== null || this.#draining
    this.#firing = this.#quietly('schedules', () => schedules.fireDue(isOver)).finally(() => {
      this.#firing = null
    })
  }

  async #adopt(): Promise<void> {
    const { database } = this.#context
    const adopted = await adoptOrphans(database, this.#membership.identity, this.#supervisors.ids)
    for (const { id, generation } of adopted.attempts) this.#supervisors.attempt(id, generation)
    for (const { id, generation } of adopted.checks) this.#supervisors.check(id, generation)
    // What is to be stopped already says so in its row, which its new supervisor reads first.
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

function wishesOf(seen: Glance): Wish[] {
  return [
    seen.dead ? (['reap'] as const) : [],
    seen.orphans || seen.executing ? (['adopt'] as const) : [],
    seen.stops ? (['stop'] as const) : [],
    seen.claimable ? (['claim'] as const) : [],
    seen.due ? (['fire'] as const) : [],
  ].flat()
}

/** The engine's commands: transactions only, so they work in any process, whether or not its engine runs. */
export function createCommands(context: EngineContext): EngineCommands {
  return {
    createRun: createRunsTogether(context, (run, actor) => createRun(context, run, actor)),
    createRunIn: (tx, run, actor) => createRunIn(context, tx, run, actor),
    async cancel(ref, actor) {
      await requestCancel(context, ref, actor)
      await awaitEnd(context, ref.runId)
    },
    startReview: (ref, request, actor) => startReview(context, ref, request, actor),
    retry: (ref, actor) => retry(context, ref, actor),
    resume: (ref, options, actor) => resume(context, ref, options, actor),
    forceRestart: (ref, options, actor) => forceRestart(context, ref, options, actor),
    forceRedo: (ref, actor) => forceRedo(context, ref, actor),
    runNow: (ref, actor) => runNow(context, ref, actor),
    edit: (ref, change, actor) => edit(context, ref, change, actor),
    remove: (ref, actor) => removeRun(context, ref, actor),
    addDependencies: (ref, dependsOn, actor) => addDependencies(context, ref, dependsOn, actor),
    removeDependency: (ref, dependsOnId, actor) => removeDependency(context, ref, dependsOnId, actor),
    sendMessage: (ref, message, author) => sendMessage(context, ref, message, author),
    whyNoMessage: (ref) => whyNoMessage(context, ref),
    explain: (ref) => explainRun(context, ref),
    pauseStarts: (reason, actor) => pauseStarts(context, reason, actor),
    unpauseStarts: (actor) => unpauseStarts(context, actor),
    wake: (runId) => context.database.transaction((tx) => wakeRun(tx, runId)),
  }
}
