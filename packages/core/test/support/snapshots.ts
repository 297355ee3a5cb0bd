import type {
  AttemptFacts,
  AttemptOutcome,
  CheckObservation,
  EffectFacts,
  PullRequestFacts,
  PullRequestObservation,
  ReviewObservation,
  RunFacts,
  RunPolicy,
  Snapshot,
} from '@optio/core'

/** Snapshots for tests: a run in good order, of which a test changes what it is about. */

export const NOW = 1_700_000_000_000

export function run(change: Partial<RunFacts> = {}): RunFacts {
  return {
    id: 'run-1',
    kind: 'repo',
    taskType: 'coding',
    held: false,
    review: null,
    state: 'running',
    branch: 'optio/task-1',
    retryCount: 0,
    maxRetries: 3,
    autoResumeCount: 0,
    budgetUsd: null,
    intent: null,
    notBefore: null,
    attention: null,
    publishedSha: null,
    prNumber: null,
    reviewsToldUntil: null,
    ...change,
  }
}

export function policy(change: Partial<RunPolicy> = {}): RunPolicy {
  return {
    autoMerge: true,
    mergeMethod: 'squash',
    cautiousMode: false,
    autoResume: true,
    maxAutoResumes: 10,
    stallThresholdMs: 300_000,
    retryBaseMs: 5_000,
    onDependencyFailure: 'fail',
    review: null,
    ...change,
  }
}

export function attempt(change: Partial<AttemptFacts> = {}): AttemptFacts {
  return {
    number: 1,
    reason: 'first',
    purpose: null,
    state: 'succeeded',
    exitCode: 0,
    stopReason: null,
    stopRequested: null,
    errorMessage: null,
    result: null,
    failure: null,
    environmentFault: false,
    startedAt: NOW - 60_000,
    endedAt: NOW - 1_000,
    deadlineAt: NOW + 3_600_000,
    lastOutputAt: NOW - 2_000,
    pullRequestHead: null,
    outcome: outcome(),
    ...change,
  }
}

export function liveAttempt(change: Partial<AttemptFacts> = {}): AttemptFacts {
  return attempt({ state: 'running', exitCode: null, endedAt: null, outcome: null, ...change })
}

export function outcome(change: Partial<AttemptOutcome> = {}): AttemptOutcome {
  return { headSha: 'head-1', baseSha: 'base-1', commitsAhead: 1, dirtyFiles: [], dirtyTotal: 0, ...change }
}

export function check(change: Partial<CheckObservation> = {}): CheckObservation {
  return {
    name: 'tests',
    status: 'completed',
    conclusion: 'success',
    summary: 'Passed.',
    url: null,
    log: null,
    ...change,
  }
}

export function review(change: Partial<ReviewObservation> = {}): ReviewObservation {
  return {
    author: 'ada',
    state: 'approved',
    body: '',
    headSha: 'head-1',
    comments: [],
    submittedAt: NOW - 10_000,
    ...change,
  }
}

/** An open pull request whose checks have passed on its head and base. */
export function pr(
  change: Partial<Omit<PullRequestObservation, 'checks'>> & {
    checks?: Partial<PullRequestObservation['checks']>
  } = {},
): PullRequestObservation {
  const { checks, ...rest } = change
  const headSha = rest.headSha ?? 'head-1'
  const baseSha = rest.baseSha ?? 'base-1'
  return {
    number: 7,
    url: 'http://forge.test/7',
    state: 'open',
    draft: false,
    headSha,
    baseRef: 'main',
    baseSha,
    mergeable: true,
    conflictFiles: [],
    checks: { required: true, headSha, baseSha, items: [check()], ...checks },
    reviews: [],
    mergeBlocked: null,
    mergedSha: null,
    observedAt: NOW,
    ...rest,
  }
}

export function known(change: Parameters<typeof pr>[0] = {}): PullRequestFacts {
  return { kind: 'known', observation: pr(change) }
}

export function effect(change: Partial<EffectFacts> & Pick<EffectFacts, 'kind' | 'key'>): EffectFacts {
  return { state: 'done', lastError: null, refusal: null, ...change }
}

export function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    now: NOW,
    run: run(),
    policy: policy(),
    attempt: attempt(),
    lostInARow: 0,
    sameFailureInARow: 0,
    spent: 0n,
    pullRequest: { kind: 'none' },
    effects: [],
    liveChecks: { count: 0, stopRequested: false },
    dependencies: [],
    subtasks: [],
    reviews: [],
    capacity: { globalLimit: 5, globalUsed: 0, groupLimit: 2, groupUsed: 0, ahead: 0 },
    ...change,
  }
}

/** pr_opened after a first attempt, as it is when everything is in order. */
export function opened(change: Partial<Snapshot> = {}): Snapshot {
  return snapshot({
    run: run({ state: 'pr_opened', publishedSha: 'head-1', prNumber: 7 }),
    pullRequest: known(),
    ...change,
  })
}
