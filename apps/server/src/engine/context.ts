import type { AgentAdapter } from '@optio/agents'
import type { Forge, mergeCandidate } from '@optio/forges'
import type { Runtime, Workspaces } from '@optio/runtimes'
import type { Logger } from 'pino'
import type { Database } from '../database/connection.ts'
import type { NotifyBus } from '../database/notify.ts'
import type { EngineLog } from '../features/logs/engine-log.ts'
import type { Followed, FollowRequest } from '../features/logs/ingest/follow-step.ts'
import type { AgentAccess } from './credentials/agent-access.ts'

/** Figures and places the engine works with; all durations in milliseconds. */
export interface EngineConfig {
  /** Runs and checks that may execute at once over all processes. */
  readonly maxConcurrent: number
  readonly stopGraceMs: number
  readonly retryBaseMs: number
  /** Bytes of output after which an attempt is stopped. */
  readonly outputLimitBytes: number
  /** How often each process looks for dead ones, orphans and free slots, besides being told. */
  readonly tickMs: number
  /** How often overdue runs and effects are put back into the queue. */
  readonly sweepMs: number
  /** A process whose heartbeat is older hangs and is taken for dead. */
  readonly heartbeatTimeoutMs: number
  /** Environments of finished runs that hold nothing unsaved are removed after this. */
  readonly environmentTtlMs: number
  /** Environments that were set aside with work in them are removed after this; their commits stay. */
  readonly keptTtlMs: number
  /** Paths that agents must not see, where the machine can hide them. */
  readonly hiddenPaths: readonly string[]
  /** Variables of Optio's own environment that agents inherit (PATH, LANG, TERM, USER). */
  readonly inheritedEnv: Readonly<Record<string, string>>
  readonly dataDir: string
  /** Free bytes of the data directory's disk below which nothing new is started. */
  readonly minFreeBytes: number
  /** Directory below which the steps of checks are kept. */
  readonly checksDir: string
  /** Address of the pages, for links; known once the server listens. */
  readonly baseUrl: () => string
  /** Where others reach the pages, without a slash at its end; null or left out where only this machine does. */
  readonly publicUrl?: string | null
  readonly hostId: string
  readonly version: string
  /** How often an open pull request on a forge is looked at. */
  readonly watchMs: number
  /** For so long a head without any check may be about to get some. */
  readonly checksGraceMs: number
  /** Share of a forge's limits that is kept for what people wait for, from 0 to 1. */
  readonly forgeReserve: number
}

/** What every part of the engine is given. */
export interface EngineContext {
  readonly config: EngineConfig
  readonly database: Database
  readonly notify: NotifyBus
  readonly runtime: Runtime
  readonly workspaces: Workspaces
  readonly forge: (platform: 'local' | 'github' | 'gitlab') => Forge
  /** Looks at the pull requests of forges that are asked for many at once; left out where there is none. */
  readonly watcher?: Watcher
  /** The commit a check runs on: the merge of exactly this head and this base. */
  readonly mergeCandidate: typeof mergeCandidate
  readonly adapter: (agentType: string) => AgentAdapter | null
  /** What agents are given of this machine, and what is kept out of what they say. */
  readonly agentAccess: AgentAccess
  readonly engineLog: EngineLog
  /** Brings an agent's output into the log, from where it stands to its end. */
  readonly followStep: (request: FollowRequest) => Promise<Followed>
  /** What fires by itself; left out where nothing does. */
  readonly schedules?: Schedules
  /** What features have done by the queue; left out where they have nothing to do. */
  readonly jobs?: FeatureJobs
  readonly log: Logger
}

export interface Schedules {
  /**
   * Fires what is due and what waited for something that is over, until nothing is left or `isOver` says so. Any number of processes may
   * do it at once, and any of them may die at it: each time that is due fires once.
   */
  fireDue(isOver: () => boolean): Promise<void>
}

/** Work of features that the queue's workers do. */
export interface FeatureJobs {
  /** By the name of the job. One that throws is done again later; the signal says that this process ends. */
  readonly tasks: Readonly<
    Record<string, (payload: unknown, about: { abortSignal?: AbortSignal }) => Promise<void>>
  >
  /** Adds again what is missing in the queue; called every `sweepMs` in every process. */
  sweep(): Promise<void>
}

/** Looks at pull requests of forges that are asked for many at once. */
export interface Watcher {
  /** Looks at all that is due; at once when enough is under way already, because that does it too. */
  lookAtDue(): Promise<void>
  /** Looks at the pull request of one run now. What came of it is stored. */
  look(runId: string): Promise<void>
}

/** This process as the others see it; a new one after the connection to the database was lost. */
export interface ProcessIdentity {
  readonly id: string
  readonly hostId: string
}
