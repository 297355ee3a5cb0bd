import type { EngineContext } from './context.ts'
import { type Engine, startEngine } from './create-engine.ts'
import { pause } from './pause.ts'

/** An engine that is started again when its liveness was lost: the database restarted, or this process hung and was replaced. */
export interface KeptEngine {
  readonly supervised: number
  /** Settles, with the reason, when it could not be started again for too long. */
  readonly failed: Promise<string>
  endAgents(): Promise<void>
  stop(): Promise<void>
}

const PAUSE_MS = 500
/** A database that stays away longer ends the process: whoever runs it is to notice. */
const GIVE_UP_MS = 10 * 60_000
/** What a lost engine may take to let go; its writes are fenced anyway. */
const LET_GO_MS = 5_000

export async function keepEngine(context: EngineContext): Promise<KeptEngine> {
  let engine = await startEngine(context)
  let stopped = false
  let fail: (why: string) => void = () => {}
  const failed = new Promise<string>((resolve) => {
    fail = resolve
  })

  const replace = async () => {
    await letGo(context, engine)
    const next = await joinAgain(context, () => stopped)
    if (next) engine = next
    else if (!stopped) fail('the database has not answered for ten minutes')
    // It may have joined just when it was told to stop.
    if (stopped) await engine.stop()
    return next !== null
  }
  let replacing: Promise<boolean> = Promise.resolve(true)
  const keep = async () => {
    for (;;) {
      const why = await engine.lost
      if (stopped) return
      context.log.warn({ why }, 'the engine stops and joins again')
      replacing = replace()
      if (!(await replacing)) return
    }
  }
  keep().catch((error: unknown) => context.log.warn({ err: error }, 'an engine did not stop cleanly'))

  return {
    get supervised() {
      return engine.supervised
    },
    failed,
    endAgents: () => engine.endAgents(),
    async stop() {
      stopped = true
      await engine.stop()
      await replacing
    },
  }
}

async function letGo(context: EngineContext, engine: Engine): Promise<void> {
  const stopping = engine
    .stop()
    .catch((error: unknown) => context.log.debug({ err: error }, 'a lost engine let go'))
  await Promise.race([stopping, pause(LET_GO_MS)])
}

async function joinAgain(context: EngineContext, isStopped: () => boolean): Promise<Engine | null> {
  const until = Date.now() + GIVE_UP_MS
  while (!isStopped() && Date.now() < until) {
    try {
      return await startEngine(context)
    } catch (error) {
      context.log.warn({ err: error }, 'the engine cannot join yet; it is tried again')
      await pause(PAUSE_MS)
    }
  }
  return null
}
