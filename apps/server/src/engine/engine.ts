import type { AttemptContext, EnvironmentSpec, Explanation, RunKind, TaskType } from '@optio/core'
import type { Transaction } from '../database/connection.ts'

/**
 * What the rest of the server may ask of the engine. Every command is one transaction that records the wish and an event;
 * the engine then brings it about. `actor` is who asked: a user's id, or `optio`.
 */
export interface EngineCommands {
  /** Records a new run and takes its first decision, so that the answer shows `queued` or `waiting_on_deps`. */
  createRun(run: NewRun, actor: string): Promise<{ runId: string }>
  /** The same as a part of a transaction that records why the run is made (a firing, a request with a key). */
  createRunIn(tx: Transaction, run: NewRun, actor: string): Promise<{ runId: string }>
  /** Resolves when every process of the run is gone and its state is `cancelled`. 409 INVALID_TRANSITION when finished. */
  cancel(ref: RunRef, actor: string): Promise<void>
  /** failed | cancelled: queued again, retries counted anew. */
  retry(ref: RunRef, actor: string): Promise<void>
  /** needs_attention | failed: goes on in the same environment and session, with further instructions. */
  resume(ref: RunRef, options: { prompt: string | null }, actor: string): Promise<void>
  /** pr_opened | needs_attention | failed: a new agent session on the pull request's branch. */
  forceRestart(ref: RunRef, options: { prompt: string | null }, actor: string): Promise<void>
  /** All but completed: closes the pull request, sets work and branch aside under a ref, starts on a fresh branch. */
  forceRedo(ref: RunRef, actor: string): Promise<void>
  /** queued: does not wait for the end of a backoff; it still waits for a slot. */
  runNow(ref: RunRef, actor: string): Promise<void>
  /** Title, priority, metadata and budget of an unfinished run. */
  edit(ref: RunRef, change: RunEdit, actor: string): Promise<void>
  /** Stops what runs, keeps un-pushed work for a grace period, deletes the run and its log. */
  remove(ref: RunRef, actor: string): Promise<void>
  /** Why the run is where it is, as of now; null when there is no such run. */
  explain(ref: RunRef): Promise<Explanation | null>
  /** No agent and no check is started anywhere any more; what runs goes on. Idempotent. */
  pauseStarts(reason: string | null, actor: string): Promise<void>
  /** Agents and checks are started again. Idempotent. */
  unpauseStarts(actor: string): Promise<void>
  /** Looks at the run again soon: something about it or its pull request may have changed. */
  wake(runId: string): Promise<void>
}

export interface RunEdit {
  readonly title?: string
  readonly priority?: number
  readonly metadata?: Record<string, unknown>
  /** Null takes the cap away. */
  readonly budgetUsd?: string | null
}

export interface RunRef {
  readonly workspaceId: string
  readonly runId: string
}

export interface NewRun {
  /** Left out: a new one. */
  readonly id?: string
  readonly workspaceId: string
  /** Left out: `repo`. */
  readonly kind?: RunKind
  readonly title: string
  readonly prompt: string
  readonly description: string | null
  /** Null for a standalone run. */
  readonly repositoryId: string | null
  /** Existence was checked; null for the repository's default branch. */
  readonly baseRef: string | null
  readonly agentType: string
  readonly model: string | null
  readonly priority: number
  readonly maxRetries: number
  readonly budgetUsd: string | null
  readonly metadata: Record<string, unknown>
  readonly ticket: { source: string; externalId: string; url: string | null } | null
  readonly dependsOn: readonly string[]
  readonly context?: AttemptContext
  /** The definition it is made from, what started it, and what it was rendered with. */
  readonly origin?: {
    readonly blueprintId: string
    readonly triggerId: string | null
    readonly params: Record<string, unknown>
  }
  /** What a standalone run is executed with; a repo run asks its repository. */
  readonly agentCommand?: readonly string[] | null
  readonly environmentSpec?: EnvironmentSpec | null
  /** Null or left out: what its repository says, else no limit. */
  readonly maxTurns?: number | null
  readonly parent?: {
    readonly runId: string
    readonly taskType: Exclude<TaskType, 'coding'>
    readonly blocksParent: boolean
    /** Of a step: its place, from 1. */
    readonly order: number | null
  }
  /** It is not queued before a person runs it. */
  readonly held?: boolean
  /** Of a review: the commits it reads. */
  readonly review?: { readonly headSha: string; readonly baseSha: string; readonly prNumber: number }
}
