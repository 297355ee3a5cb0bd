import type { StopReason } from '@optio/core'
import type { EngineContext } from '../context.ts'
import { superviseAttempt } from './attempt.ts'
import { superviseCheck } from './check.ts'
import { createStopSwitch, type StopSwitch } from './stop-switch.ts'

interface Held {
  readonly stop: StopSwitch
  readonly leave: AbortController
  readonly done: Promise<void>
}

/** The attempts and checks this process supervises now. In-process state only: the rows say who supervises what. */
export class Supervisors {
  readonly #context: EngineContext
  readonly #held = new Map<string, Held>()

  constructor(context: EngineContext) {
    this.#context = context
  }

  attempt(id: string, generation: number): void {
    this.#hold(id, (stop, leave) => superviseAttempt(this.#context, id, generation, stop, leave))
  }

  check(id: string, generation: number): void {
    this.#hold(id, (stop, leave) => superviseCheck(this.#context, id, generation, stop, leave))
  }

  requestStop(id: string, reason: StopReason): void {
    this.#held.get(id)?.stop.request(reason)
  }

  get size(): number {
    return this.#held.size
  }

  /** Ids of the attempts and checks that are held. */
  get ids(): readonly string[] {
    return [...this.#held.keys()]
  }

  /** Lets go of everything: agents go on, others may adopt them. Resolves when nothing is touched any more. */
  async leaveAll(): Promise<void> {
    const held = [...this.#held.values()]
    for (const { leave } of held) leave.abort()
    await Promise.all(held.map(({ done }) => done))
  }

  #hold(id: string, supervise: (stop: StopSwitch, leave: AbortSignal) => Promise<void>): void {
    // A take-over of what this process already had (it was taken for dead and joined again): the old hand lets go first.
    const before = this.#held.get(id)
    before?.leave.abort()
    const stop = createStopSwitch()
    const leave = new AbortController()
    const done = (before?.done ?? Promise.resolve())
      .then(() => supervise(stop, leave.signal))
      .catch((error: unknown) =>
        this.#context.log.error({ id, err: error }, 'a supervisor ended with an error'),
      )
      .finally(() => {
        if (this.#held.get(id)?.leave === leave) this.#held.delete(id)
      })
    this.#held.set(id, { stop, leave, done })
  }
}
