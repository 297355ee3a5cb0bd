import type {
  AttemptContext,
  CourtesyRequest,
  EnvironmentSpec,
  Explanation,
  RunKind,
  TaskType,
} from '@optio/core'
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
  /**
   * Has an agent review the pull request at the head it has now; an unfinished review of that head is answered again. 404
   * PULL_REQUEST_NOT_FOUND, 405 WRONG_TASK_TYPE, 409 PULL_REQUEST_NOT_OPEN, 422 AGENT_NOT_AVAILABLE.
   */
  startReview(ref: RunRef, request: ReviewRequest, actor: string): Promise<{ runId: string }>
  /** failed | cancelled: queued again, retries counted anew. A review only while its pull request is open at what it reads. */
  retry(ref: RunRef, actor: string): Promise<void>
  /** needs_attention | failed: goes on in the same environment and session, with further instructions. */
  resume(ref: RunRef, options: { prompt: string | null }, actor: string): Promise<void>
  /** pr_opened | needs_attention | failed: a new agent session on the pull request's branch. 405 WRONG_TASK_TYPE for a review. */
  forceRestart(ref: RunRef, options: { prompt: string | null }, actor: string): Promise<void>
  /**
   * All but completed: closes the pull request, sets work and branch aside under a ref, starts on a fresh branch; without a
   * repository, in a fresh directory. 405 WRONG_TASK_TYPE for a review.
   */
  forceRedo(ref: RunRef, actor: string): Promise<void>
  /** queued, or held: does not wait for the end of a backoff, or for a person; it still waits for a slot. */
  runNow(ref: RunRef, actor: string): Promise<void>
  /** Title, priority, metadata, budget and hold of an unfinished run. 400 DEPENDENCY_CYCLE, 405 WRONG_TASK_TYPE for a hold that cannot be. */
  edit(ref: RunRef, change: RunEdit, actor: string): Promise<void>
  /** Stops what runs, keeps un-pushed work for a grace period, deletes the run, its log and its subtasks. */
  remove(ref: RunRef, actor: string): Promise<void>
  /**
   * A repo run that no agent has worked on waits for others too: all of them or none. 400 VALIDATION or DEPENDENCY_CYCLE, 405
   * WRONG_TASK_TYPE, 409 INVALID_TRANSITION.
   */
  addDependencies(ref: RunRef, dependsOn: readonly string[], actor: string): Promise<void>
  /** It no longer waits for the other. 404 DEPENDENCY_NOT_FOUND. */
  removeDependency(ref: RunRef, dependsOnId: string, actor: string): Promise<void>
  /**
   * Says something to the agent that works on a run; its supervisor, whichever process that is, delivers it. 409
   * INVALID_TRANSITION when none works, 422 MESSAGES_NOT_TAKEN when it can't be told anything (more).
   */
  sendMessage(ref: RunRef, message: NewMessage, author: string): Promise<void>
  /** Why a message would not be taken now, in words; null when it would be. */
  whyNoMessage(ref: RunRef): Promise<string | null>
  /** Why the run is where it is, as of now; null when there is no such run. */
  explain(ref: RunRef): Promise<Explanation | null>
  /** No agent and no check is started anywhere any more; what runs goes on. Idempotent. */
  pauseStarts(reason: string | null, actor: string): Promise<void>
  /** Agents and checks are started again. Idempotent. */
  unpauseStarts(actor: string): Promise<void>
  /** Looks at the run again soon: something about it or its pull request may have changed. */
  wake(runId: string): Promise<void>
}

export interface NewMessage {
  readonly id: string
  readonly content: string
  /** `soft`: before its next turn; `interrupt`: what it does now is broken off. */
  readonly mode: 'soft' | 'interrupt'
}

export interface RunEdit {
  readonly title?: string
  readonly priority?: number
  readonly metadata?: Record<string, unknown>
  /** Null takes the cap away. */
  readonly budgetUsd?: string | null
  /** Of a step or a child: whether it holds its parent. */
  readonly blocksParent?: boolean
}

export interface ReviewRequest {
  /** Left out: a new one. */
  readonly id?: string
  /** Instructions to the reviewer; null for none of the person's own. */
  readonly prompt: string | null
  /** Null for what the repository says. */
  readonly agentType: string | null
  readonly model: string | null
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
  /** Names of secrets its agents get besides those their type and its repository name. */
  readonly agentSecrets?: readonly string[]
  /** The issue of its repository it is made of: a second unfinished run of the same issue is refused by the database. */
  readonly issueNumber?: number | null
  /** What the outside is told of it; recorded with it. */
  readonly effects?: (runId: string) => readonly CourtesyRequest[]
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
