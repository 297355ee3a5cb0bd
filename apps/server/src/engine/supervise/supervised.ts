import type { AgentFailure, AttemptOutcome, AttemptState, ForgeFailure, StopReason } from '@optio/core'
import type { StepSandbox } from '@optio/runtimes'
import type { EngineContext } from '../context.ts'
import type { AttemptRow, RepositoryRow, RunRow } from '../read-run.ts'
import type { StopSwitch } from './stop-switch.ts'

/** An attempt as its supervisor holds it: by this generation, until somebody takes it over. */
export interface Supervised {
  readonly attempt: AttemptRow
  readonly run: RunRow
  /** Null for a run without one. */
  readonly repository: RepositoryRow | null
  readonly place: WorkPlace
  readonly generation: number
  readonly stop: StopSwitch
  /** Aborted when this process leaves the attempt to another; nothing of the attempt is touched then. */
  readonly leave: AbortSignal
}

/**
 * Where an attempt works: all that differs between the kinds of runs. How it is supervised, logged, paid for, stopped and
 * adopted is the same for all. Whatever a place does, it does only as far as it is not done yet.
 */
export interface WorkPlace {
  readonly settings: WorkSettings
  /**
   * Brings to this host what the place is made from. `isReady`: everything was done there once, and it is only used again.
   * Throws EnvironmentFault.
   */
  refresh(context: EngineContext, supervised: Supervised, isReady: boolean): Promise<void>
  /** Makes the directory the agent works in. Throws EnvironmentFault. */
  make(context: EngineContext, supervised: Supervised): Promise<void>
  /** argv of what is run there before the first agent; null for nothing. */
  setupCommand(context: EngineContext, supervised: Supervised): Promise<readonly string[] | null>
  sandbox(context: EngineContext): StepSandbox
  /** What is to be known of the work now; null when there is nothing to look at. */
  inspect(context: EngineContext, supervised: Supervised, end: AttemptEnd): Promise<AttemptOutcome | null>
}

export interface WorkSettings {
  /** What agents of type `command` run. */
  readonly agentCommand: readonly string[] | null
  readonly maxAttemptMs: number
  /** For setup commands and agents, besides what each of them is given: never in place of it. */
  readonly env: Readonly<Record<string, string>>
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly state: Extract<AttemptState, 'succeeded' | 'failed' | 'stopped' | 'lost'>
  readonly stopReason: StopReason | null
  readonly exitCode: number | null
  readonly environmentFault?: boolean
  readonly errorMessage?: string
  /** Why the agent failed, when that is known and not only that it did; or why there was none. */
  readonly failure?: AgentFailure | ForgeFailure
  /** True when no agent was launched, so that there is nothing of it to look for. */
  readonly neverLaunched?: true
}
