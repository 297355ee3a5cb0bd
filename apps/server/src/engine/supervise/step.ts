import type { StepSpec, StepStatus } from '@optio/runtimes'
import type { EngineContext } from '../context.ts'
import type { StopSwitch } from './stop-switch.ts'

export type EndedStep = Extract<StepStatus, { state: 'exited' } | { state: 'lost' }>

/**
 * Starts a step, or finds it started, and resolves when it has ended; a stop that is asked for meanwhile is carried out.
 * Rejects when `leave` aborts: the step goes on without this process.
 */
export async function runStep(
  context: EngineContext,
  spec: StepSpec,
  stop: StopSwitch,
  leave: AbortSignal,
): Promise<EndedStep> {
  leave.throwIfAborted()
  if (stop.reason === null) await context.runtime.start(spec)
  return await awaitStep(context, spec.dir, stop, leave)
}

export async function awaitStep(
  context: EngineContext,
  dir: string,
  stop: StopSwitch,
  leave: AbortSignal,
): Promise<EndedStep> {
  const stopped = stop.requested.then(() =>
    context.runtime.stop(dir, { graceMs: context.config.stopGraceMs }),
  )
  // Whoever loses the race must not end the process by an unhandled rejection.
  stopped.catch(() => undefined)
  const ended = await Promise.race([context.runtime.waitForEnd(dir, leave), stopped])
  if (ended.state === 'exited' || ended.state === 'lost') return ended
  return { state: 'lost', why: `the step was ${ended.state}` }
}
