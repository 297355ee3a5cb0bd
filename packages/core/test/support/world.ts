import {
  type AttemptFacts,
  type CheckObservation,
  type Decision,
  decide,
  type EffectFacts,
  type EffectRequest,
  isCourtesy,
  isFinished,
  isLive,
  isMachineFault,
  type PullRequestFacts,
  type PullRequestObservation,
  parseUsd,
  REVIEW_TRIGGERS,
  type ReviewObservation,
  type ReviewThread,
  type RunKind,
  type RunState,
  type Snapshot,
  toldOf,
} from '@optio/core'
import { NOW, policy, run } from './snapshots.ts'

/** Numbers from a seed (mulberry32), so that every walk can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const CHECK = { summary: '', url: null, log: null }

export function newRemote(draft: boolean): Remote {
  return { state: 'open', draft, reviews: [], threads: [] }
}

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

/**
 * A small world around one run: the facts the engine would store, the forge as it really is, and the clock. It carries
 * decisions out as `decision.ts` says; actors (other files) move everything else.
 */
export class World {
  now = NOW
  readonly random: () => number
  /** Checks that Optio runs on the merge of head and base, or such as a forge runs by itself on the head. */
  readonly ownChecks: boolean
  readonly checksRequired: boolean
  /** The forge says which checks it requires: there is another then, which always fails. */
  readonly marksRequired: boolean
  /** Agents cannot review there under their own name: what counts is what Optio has on record. */
  readonly verdictsAreOurs: boolean
  records: ReviewObservation[] = []
  /** When each head was first on the branch. */
  readonly since = new Map<string, number>()
  /** A machine that loses most of what runs on it. */
  readonly faulty: boolean
  readonly run = run({ state: 'pending', maxRetries: 2, budgetUsd: '10', branch: 'optio/task-1' }) as Mutable<
    Snapshot['run']
  >
  readonly policy: Mutable<Snapshot['policy']>
  readonly attempts: Mutable<AttemptFacts>[] = []
  readonly effects: WorldEffect[] = []
  checks: WorldCheck[] = []
  readonly dependencies: Mutable<Snapshot['dependencies'][number]>[] = []
  readonly subtasks: Mutable<Snapshot['subtasks'][number]>[] = []
  /** By agents, of the pull request there is now. */
  reviews: Mutable<Snapshot['reviews'][number]>[] = []
  /** What the forge last said, as it is stored. */
  lastSeen: PullRequestObservation | null = null
  next: Extract<Decision['action'], { type: 'queue_attempt' }>['next'] | null = null
  spent = 0n

  /** Commits: which are good (their checks pass) and which sit on which base. */
  readonly goodCommits = new Set<string>()
  readonly basedOn = new Map<string, string>()
  base = 'base-0'
  cloneHead: string | null = null
  remoteHead: string | null = null
  remote: Remote | null = null
  /** The forge shows this head until then: a replica that lags. */
  lag: { head: string; until: number } | null = null
  forgeSilentUntil = 0
  commitCount = 0

  history: RunState[] = ['pending']
  decisions: string[] = []
  merges: { headSha: string; baseSha: string }[] = []
  attemptsSincePerson = 0

  constructor(seed: number, kind: RunKind = 'repo') {
    this.random = randomFrom(seed)
    this.run.kind = kind
    this.faulty = this.chance(0.1)
    this.ownChecks = this.chance(0.6)
    this.checksRequired = this.chance(0.8)
    this.marksRequired = !this.ownChecks && this.chance(0.5)
    this.verdictsAreOurs = this.chance(0.4)
    this.policy = policy({
      maxAutoResumes: 3,
      autoMerge: this.chance(0.8),
      cautiousMode: this.chance(0.1),
      checksGraceMs: 45_000,
      deleteBranchOnMerge: this.chance(0.5),
      closeOnCancel: this.chance(0.5),
      closeIssueOnMerge: this.chance(0.5),
      requestsFrom: this.chance(0.7) ? 'writers' : 'anyone',
    })
    this.run.issueNumber = this.chance(0.5) ? 12 : null
    if (this.chance(0.2)) delete this.run.reviewsToldUntil
    if (this.chance(0.35)) {
      this.dependencies.push({ runId: 'run-0', title: 'First', state: 'running' })
    }
    this.run.held = this.chance(0.1)
    this.run.taskType = this.chance(0.2) ? 'step' : 'coding'
    this.policy.onDependencyFailure = this.pick(['fail', 'wait'] as const)
    if (kind === 'repo') this.givePartsToHold()
    if (kind === 'review') this.giveWhatIsReviewed()
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

  snapshot(): Snapshot {
    const firstSound = [...this.attempts].reverse().findIndex((attempt) => !isMachineFault(attempt))
    const kind = this.attempt?.failure?.kind
    const otherFailure = [...this.attempts]
      .reverse()
      .findIndex(({ failure }) => kind === undefined || failure?.kind !== kind)
    const live = this.liveChecks
    return structuredClone({
      now: this.now,
      run: this.run,
      policy: this.policy,
      attempt: this.attempt,
      lostInARow: firstSound === -1 ? this.attempts.length : firstSound,
      sameFailureInARow: otherFailure === -1 ? this.attempts.length : otherFailure,
      spent: this.spent,
      pullRequest: this.look(),
      effects: this.effects.map(({ kind, key, state, lastError, silence, refusal, doneAt }) => ({
        kind,
        key,
        state,
        lastError,
        silence: silence ?? null,
        refusal,
        doneAt: doneAt ?? null,
      })),
      liveChecks: {
        count: live.length,
        stopRequested: live.length > 0 && live.every((c) => c.stopRequested),
      },
      dependencies: this.dependencies,
      subtasks: this.subtasks,
      reviews: this.reviews,
      capacity: { globalLimit: 5, globalUsed: 0, groupLimit: 2, groupUsed: 0, ahead: 0 },
    })
  }

  look(): PullRequestFacts {
    if (this.run.prNumber === null || this.remote === null || isFinished(this.run.state))
      return { kind: 'none' }
    if (this.forgeSilentUntil > this.now) {
      return { kind: 'unknown', message: 'connection refused', retryAt: this.forgeSilentUntil }
    }
    const observation = this.observation(this.lag?.head)
    return { kind: 'known', observation, headSince: this.seenSince(observation.headSha) }
  }

  seenSince(headSha: string): number {
    const since = this.since.get(headSha) ?? this.now
    this.since.set(headSha, since)
    return since
  }

  /** What the forge says; `oldHead` where a replica lags. */
  observation(oldHead?: string): PullRequestObservation {
    const remote = this.remote as Remote
    const headSha = oldHead ?? (this.remoteHead as string)
    const conflicts = this.basedOn.get(headSha) !== this.base && this.conflictingBases.has(this.base)
    const shown = this.checks.filter(
      (check) => check.headSha === headSha && (!this.ownChecks || check.baseSha === this.base),
    )
    return {
      number: 7,
      url: 'http://forge.test/7',
      state: remote.state,
      draft: remote.draft,
      headSha,
      baseRef: 'main',
      baseSha: this.base,
      mergeable: !conflicts,
      conflictFiles: conflicts ? ['a.txt'] : [],
      checks: {
        required: this.checksRequired,
        headSha,
        baseSha: this.ownChecks ? this.base : null,
        items: shown.flatMap(({ status, conclusion }) => [
          { ...CHECK, name: 'tests', status, conclusion, ...(this.marksRequired ? { required: true } : {}) },
          ...(this.marksRequired
            ? [{ ...CHECK, name: 'lint', status: 'completed' as const, conclusion: 'failure' as const }]
            : []),
        ]),
      },
      reviews: [...remote.reviews, ...this.records],
      threads: remote.threads.filter(({ comments }) => comments.length > 0),
      mergeBlocked: null,
      mergedSha: null,
      observedAt: this.now,
    }
  }

  readonly conflictingBases = new Set<string>()

  moveTo(state: RunState): void {
    this.run.state = state
    this.history.push(state)
  }

  /** Takes the decision, checks what must hold of it, and carries it out. Answers it. */
  step(): Decision {
    const s = this.snapshot()
    if (s.pullRequest.kind === 'known') this.lastSeen = s.pullRequest.observation
    const decision = decide(s)
    this.decisions.push(`${this.run.state}: ${decision.reason}`)
    if (this.decisions.length > 60) this.decisions.shift()
    this.carryOut(decision)
    return decision
  }

  /** Decides until the run rests, and proves that it comes to rest. */
  rest(): Decision {
    for (let steps = 0; steps < 25; steps++) {
      const decision = this.step()
      if (decision.action.type === 'wait') return decision
    }
    throw new Error(`the run does not come to rest:\n${this.decisions.join('\n')}`)
  }

  private carryOut({ action }: Decision) {
    switch (action.type) {
      case 'wait':
        return
      case 'transition':
        if (isFinished(action.to)) this.end()
        if (action.to === 'cancelled') this.cancelParts()
        for (const effect of action.effects ?? []) this.record(effect)
        this.run.attention = null
        return this.moveTo(action.to)
      case 'enqueue':
        this.next ??= { reason: 'first', purpose: null, counts: null, notBefore: null, context: {} }
        return this.moveTo('queued')
      case 'needs_attention':
        this.run.attention = action.code
        return this.moveTo('needs_attention')
      case 'queue_attempt':
        this.next = action.next
        this.run.notBefore = action.next.notBefore
        if (action.next.counts === 'retry') this.run.retryCount++
        if (action.next.counts === 'auto_resume') this.run.autoResumeCount++
        this.run.attention = null
        this.rememberReviews(action.next.context.reviews ?? [])
        this.rememberThreads(action.next.context.threads ?? [])
        return this.moveTo('queued')
      case 'stop_attempt': {
        const { attempt } = this
        if (attempt === null || !isLive(attempt.state)) throw new Error('asked to stop what does not run')
        if (attempt.stopRequested !== null) throw new Error('asked to stop twice')
        attempt.stopRequested = action.stop
        return
      }
      case 'stop_checks':
        for (const check of this.liveChecks) {
          if (check.status === 'queued')
            Object.assign(check, { status: 'completed', conclusion: 'cancelled' })
          else check.stopRequested = true
        }
        return
      case 'redo':
        return this.redo()
      case 'start_review':
        return this.startReview(action.headSha)
      case 'effect':
        if (this.effects.some(({ key }) => key === action.effect.key)) {
          throw new Error(`asked twice for ${action.effect.key}`)
        }
        return this.record(action.effect)
    }
  }

  /** One with the same key is recorded once. */
  private record(request: EffectRequest): void {
    const { kind, key } = request
    if (this.effects.some((effect) => effect.key === key)) return
    const nothing = { lastError: null, silence: null, refusal: null }
    this.effects.push({ kind, key, state: 'pending', ...nothing, request, tries: 0 })
  }

  private rememberThreads(threads: readonly ReviewThread[]): void {
    const told = new Map((this.run.threadsTold ?? []).map(({ id, until }) => [id, until]))
    for (const { id, until } of toldOf(threads)) {
      const before = told.get(id) ?? 0
      if (before >= until) throw new Error('sent back for what was told already')
      told.set(id, until)
    }
    this.run.threadsTold = [...told].map(([id, until]) => ({ id, until }))
  }

  private rememberReviews(reviews: readonly ReviewObservation[]): void {
    const { reviewsToldUntil } = this.run
    if (reviewsToldUntil === undefined) return
    const times = reviews.map(({ submittedAt }) => submittedAt)
    if (times.length > 0) this.run.reviewsToldUntil = Math.max(reviewsToldUntil ?? 0, ...times)
  }

  startReview(headSha: string): void {
    if (this.run.kind !== 'repo') throw new Error('only work on a repository is reviewed')
    if (this.reviews.some((each) => each.headSha === headSha && !isFinished(each.state))) return
    this.reviews.push({
      runId: `review-${this.reviews.length + 1}`,
      headSha,
      state: 'queued',
      verdict: null,
    })
  }

  private cancelParts(): void {
    for (const part of this.subtasks) if (!isFinished(part.state)) part.state = 'cancelled'
  }

  /** What was planned and not begun is withdrawn. */
  end(): void {
    if (this.hasLiveAttempt) throw new Error('ended while an agent lives')
    if (this.liveChecks.length > 0) throw new Error('ended while checks run')
    for (const effect of this.effects) {
      if (isCourtesy(effect.kind) || effect.kind === 'close_pull_request') continue
      if (effect.state === 'executing') throw new Error('ended while an effect is carried out')
      if (effect.state === 'pending')
        Object.assign(effect, { state: 'dead', lastError: 'the task had ended' })
    }
    for (const each of this.reviews) if (!isFinished(each.state)) each.state = 'cancelled'
    this.run.intent = null
  }

  redo(): void {
    this.end()
    this.next = { reason: 'first', purpose: null, counts: null, notBefore: null, context: {} }
    Object.assign(this.run, { retryCount: 0, autoResumeCount: 0, attention: null, notBefore: null })
    if (this.run.kind === 'repo') this.leavePullRequest()
    if (this.run.state !== 'queued') this.moveTo('queued')
  }

  private leavePullRequest(): void {
    if (this.remote?.state === 'open') this.remote.state = 'closed'
    this.remote = null
    this.remoteHead = null
    this.cloneHead = null
    this.lag = null
    this.checks = []
    this.reviews = []
    this.records = []
    this.lastSeen = null
    Object.assign(this.run, { branch: `${this.run.branch}x`, publishedSha: null, prNumber: null })
  }

  /** A slot is free: the claim makes the attempt, and proves that it may. */
  claim(): void {
    if (this.run.state !== 'queued' || this.next === null || this.run.intent !== null) return
    if (this.run.notBefore !== null && this.run.notBefore > this.now) return
    // What is known to have ended is not worked on.
    const ended = this.lastSeen !== null && this.lastSeen.state !== 'open'
    const pullRequest: PullRequestFacts = ended
      ? { kind: 'known', observation: this.lastSeen as PullRequestObservation }
      : { kind: 'none' }
    const { action } = decide({ ...this.snapshot(), pullRequest })
    if (action.type !== 'wait' || action.on !== 'capacity') return
    if (this.hasLiveAttempt) throw new Error('a second live attempt')
    const cap = this.run.budgetUsd === null ? null : parseUsd(this.run.budgetUsd)
    if (cap !== null && this.spent >= cap) throw new Error('an attempt is started beyond the budget')
    this.attempts.push({
      number: this.attempts.length + 1,
      reason: this.next.reason,
      purpose: this.next.purpose,
      state: 'starting',
      exitCode: null,
      stopReason: null,
      stopRequested: null,
      errorMessage: null,
      result: null,
      failure: null,
      environmentFault: false,
      startedAt: null,
      endedAt: null,
      deadlineAt: null,
      lastOutputAt: null,
      pullRequestHead: this.run.prNumber === null ? null : this.remoteHead,
      outcome: null,
    })
    this.attemptsSincePerson++
    this.moveTo('provisioning')
  }
}
