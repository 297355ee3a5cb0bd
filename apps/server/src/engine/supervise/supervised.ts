import type { AgentFailure, AttemptState, StopReason } from '@optio/core'
import type { AttemptRow, RepositoryRow, RunRow } from '../read-run.ts'
import type { StopSwitch } from './stop-switch.ts'

/** An attempt as its supervisor holds it: by this generation, until somebody takes it over. */
export interface Supervised {
  readonly attempt: AttemptRow
  readonly run: RunRow
  readonly repository: RepositoryRow
  readonly generation: number
  readonly stop: StopSwitch
  /** Aborted when this process leaves the attempt to another; nothing of the attempt is touched then. */
  readonly leave: AbortSignal
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly state: Extract<AttemptState, 'succeeded' | 'failed' | 'stopped' | 'lost'>
  readonly stopReason: StopReason | null
  readonly exitCode: number | null
  readonly environmentFault?: boolean
  readonly errorMessage?: string
  /** Why the agent failed, when that is known and not only that it did. */
  readonly failure?: AgentFailure
  /** True when no agent was launched, so that there is nothing of it to look for. */
  readonly neverLaunched?: true
}
