import {
  type AttemptFacts,
  type CheckObservation,
  type Decision,
  type EffectFacts,
  type EffectRequest,
  isLive,
  type PullRequestObservation,
  REVIEW_TRIGGERS,
  type ReviewObservation,
  type ReviewThread,
  type RunKind,
  type RunState,
  type SilenceReason,
  type Snapshot,
} from '@optio/core'
import { NOW, policy, run } from '../snapshots.ts'
import { randomFrom } from './random.ts'

export type Mood = 'chaotic' | 'hostile' | 'cooperative'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export interface WorldEffect extends Mutable<EffectFacts> {
  readonly request: EffectRequest
  tries: number
}

export interface WorldCheck {
  readonly headSha: string
  readonly baseSha: string
  status: CheckObservation['status']
  conclusion: CheckObservation['conclusion']
  stopRequested: boolean
}

/** The pull request as it really is on the forge. */
interface Remote {
  state: 'open' | 'merged' | 'closed'
  draft: boolean
  reviews: ReviewObservation[]
  threads: Mutable<ReviewThread>[]
}

/** The forge gives no answer, to whoever asks. */
export interface Silence {
  readonly why: SilenceReason
  readonly message: string
  /** When it answers again by itself, in milliseconds since the epoch; null for one that a person ends. */
  readonly until: number | null
}

export function newRemote(draft: boolean): Remote {
  return { state: 'open', draft, reviews: [], threads: [] }
}

/**
 * A small world around one run: the facts the engine would store, the forge as it really is, and the clock. The engine (`engine.ts`)
 * carries decisions out as `decision.ts` says; actors (the other files) move everything else.
 */
export class World {
  now = NOW
  readonly random: () => number
  /** Checks that Optio runs on the merge of head and base, or such as a forge runs by itself on the head. */
  ownChecks: boolean
  checksRequired: boolean
  /** The forge says which checks it requires: there is another then, which always fails. */
  marksRequired: boolean
  /** Agents cannot review there under their own name: what counts is what Optio has on record. */
  verdictsAreOurs: boolean
  records: ReviewObservation[] = []
  /**
   * The pull request is watched. Where the forge runs the checks, what was last heard of it is taken for what is, until there is
   * news of it.
   */
  watched: boolean
  heard: PullRequestObservation | null = null
  /** When each head was first on the branch. */
  readonly since = new Map<string, number>()
  readonly run = run({ state: 'pending', maxRetries: 2, budgetUsd: '10', branch: 'optio/task-1' }) as Mutable<
    Snapshot['run']
  >
  readonly policy: Mutable<Snapshot['policy']>
  readonly attempts: Mutable<AttemptFacts>[] = []
  readonly effects: WorldEffect[] = []
  checks: WorldCheck[] = []
  dependencies: Mutable<Snapshot['dependencies'][number]>[] = []
  subtasks: Mutable<Snapshot['subtasks'][number]>[] = []
  /** By agents, of the pull request there is now. */
  reviews: Mutable<Snapshot['reviews'][number]>[] = []
  /** What the forge last said, as it is stored. */
  lastSeen: PullRequestObservation | null = null
  next: Extract<Decision['action'], { type: 'queue_attempt' }>['next'] | null = null
  spent = 0n

  /** Commits: which are good (their checks pass) and which sit on which base. */
  readonly goodCommits = new Set<string>()
  readonly basedOn = new Map<string, string>()
  readonly conflictingBases = new Set<string>()
  base = 'base-0'
  cloneHead: string | null = null
  remoteHead: string | null = null
  remote: Remote | null = null
  /** The forge shows this head until then: a replica that lags. */
  lag: { head: string; until: number } | null = null
  silence: Silence | null = null
  commitCount = 0

  readonly history: RunState[] = ['pending']
  readonly decisions: string[] = []
  readonly merges: { headSha: string; baseSha: string }[] = []

  constructor(seed: number, kind: RunKind = 'repo') {
    this.random = randomFrom(seed)
    this.run.kind = kind
    this.ownChecks = this.chance(0.6)
    this.checksRequired = this.chance(0.8)
    this.marksRequired = !this.ownChecks && this.chance(0.5)
    this.verdictsAreOurs = this.chance(0.4)
    this.watched = this.chance(0.5)
    this.policy = policy({
      maxAutoResumes: 3,
      autoMerge: this.chance(0.8),
      cautiousMode: this.chance(0.1),
      checksGraceMs: 45_000,
      deleteBranchOnMerge: this.chance(0.5),
      closeOnCancel: this.chance(0.5),
      closeIssueOnMerge: this.chance(0.5),
      requestsFrom: this.chance(0.7) ? 'writers' : 'anyone',
      onDependencyFailure: this.pick(['fail', 'wait'] as const),
    })
    this.run.issueNumber = this.chance(0.5) ? 12 : null
    if (this.chance(0.2)) delete this.run.reviewsToldUntil
    if (this.chance(0.5)) this.giveDependency()
    this.run.held = this.chance(0.1)
    this.run.taskType = this.chance(0.2) ? 'step' : 'coding'
    if (kind === 'repo') this.givePartsToHold()
    if (kind === 'review') this.giveWhatIsReviewed()
  }

  giveDependency(): void {
    this.dependencies = [{ runId: 'run-0', title: 'First', state: 'running' }]
  }

  private givePartsToHold(): void {
    if (this.chance(0.5))
      this.policy.review = { trigger: this.pick(REVIEW_TRIGGERS), maxRounds: this.pick([1, 2]) }
    while (this.chance(0.3)) {
      const runId = `part-${this.subtasks.length + 1}`
      const taskType = this.pick(['step', 'child'] as const)
      this.subtasks.push({ runId, title: runId, taskType, state: 'running', blocksParent: this.chance(0.7) })
    }
  }

  /** The pull request of another run. */
  private giveWhatIsReviewed(): void {
    this.remoteHead = this.newCommit(true)
    this.remote = newRemote(false)
    this.run.review = { headSha: this.remoteHead, baseSha: this.base }
    Object.assign(this.run, { prNumber: 7, taskType: 'review', branch: null })
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T
  }

  get attempt(): Mutable<AttemptFacts> | null {
    return this.attempts.at(-1) ?? null
  }

  get hasLiveAttempt(): boolean {
    return this.attempts.some(({ state }) => isLive(state))
  }

  get liveChecks(): WorldCheck[] {
    return this.ownChecks ? this.checks.filter(({ status }) => status !== 'completed') : []
  }

  newCommit(good: boolean): string {
    const sha = `commit-${++this.commitCount}`
    if (good) this.goodCommits.add(sha)
    this.basedOn.set(sha, this.base)
    return sha
  }

  seenSince(headSha: string): number {
    const since = this.since.get(headSha) ?? this.now
    this.since.set(headSha, since)
    return since
  }

  moveTo(state: RunState): void {
    this.run.state = state
    this.history.push(state)
  }

  pass(ms: number): void {
    this.now += ms
    if (this.lag !== null && this.lag.until <= this.now) this.lag = null
    const { silence } = this
    if (silence !== null && silence.until !== null && silence.until <= this.now) this.silence = null
  }
}
