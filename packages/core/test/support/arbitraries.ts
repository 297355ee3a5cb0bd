import {
  AGENT_FAILURE_KINDS,
  ATTEMPT_REASONS,
  ATTEMPT_STATES,
  type AttentionCode,
  REVIEW_AUTHOR,
  REVIEW_TRIGGERS,
  RUN_STATES,
  type Snapshot,
  STOP_REASONS,
  TASK_TYPES,
  VERDICTS,
} from '@optio/core'
import fc from 'fast-check'
import { NOW } from './snapshots.ts'

/** Arbitrary snapshots: also such as no course of events leads to. Few distinct commits and times, so that they collide. */

const sha = fc.constantFrom('head-1', 'head-2', 'head-3')
const baseSha = fc.constantFrom('base-1', 'base-2')
const time = fc.integer({ min: NOW - 100_000, max: NOW + 100_000 })
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const text = fc.string({ maxLength: 20 })

const ATTENTION: readonly AttentionCode[] = [
  'no_changes',
  'uncommitted_changes',
  'budget_reached',
  'deadline_reached',
  'output_limit_reached',
  'machine_faults',
  'checks_failing',
  'changes_requested',
  'conflict',
  'no_progress',
  'secret_in_changes',
  'branch_moved',
  'effect_failed',
  'dependency_failed',
  'environment_failed',
  'agent_login',
  'agent_not_available',
  'agent_request',
  'max_turns_reached',
  'provider_failing',
  'tools_denied',
  'subtask_failed',
  'review_failed',
  'review_rounds',
  'publish_refused',
]

const check = fc.record(
  {
    name: text,
    status: fc.constantFrom('queued' as const, 'running' as const, 'completed' as const),
    conclusion: orNull(
      fc.constantFrom(
        'success' as const,
        'success' as const,
        'failure' as const,
        'timed_out' as const,
        'cancelled' as const,
        'neutral' as const,
        'skipped' as const,
        'error' as const,
      ),
    ),
    summary: text,
    url: fc.constant(null),
    log: orNull(text),
    required: fc.boolean(),
  },
  { requiredKeys: ['name', 'status', 'conclusion', 'summary', 'url', 'log'] },
)

const review = fc.record(
  {
    author: fc.constantFrom('ada', 'bob', REVIEW_AUTHOR),
    state: fc.constantFrom(
      'approved' as const,
      'changes_requested' as const,
      'commented' as const,
      'dismissed' as const,
    ),
    body: text,
    headSha: sha,
    comments: fc.constant([]),
    submittedAt: time,
    byWriter: fc.constantFrom(true, true, false),
    isOwn: fc.constantFrom(false, false, true),
  },
  { requiredKeys: ['author', 'state', 'body', 'headSha', 'comments', 'submittedAt'] },
)

const thread = fc.record({
  id: fc.constantFrom('thread-1', 'thread-2'),
  path: orNull(text),
  line: orNull(fc.integer({ min: 1, max: 9 })),
  comments: fc.array(
    fc.record({
      author: fc.constantFrom('ada', 'eve'),
      body: text,
      byWriter: fc.boolean(),
      isOwn: fc.constantFrom(false, false, true),
      createdAt: time,
    }),
    { maxLength: 3 },
  ),
})

const pullRequest = fc.record(
  {
    number: fc.constant(7),
    url: fc.constant('http://forge.test/7'),
    state: fc.constantFrom(
      'open' as const,
      'open' as const,
      'open' as const,
      'merged' as const,
      'closed' as const,
    ),
    draft: fc.boolean(),
    headSha: sha,
    baseRef: fc.constant('main'),
    baseSha,
    mergeable: fc.constantFrom(true, true, false, null),
    conflictFiles: fc.array(text, { maxLength: 3 }),
    checks: fc.record({
      required: fc.boolean(),
      headSha: sha,
      baseSha: orNull(baseSha),
      items: fc.array(check, { maxLength: 3 }),
    }),
    reviews: fc.array(review, { maxLength: 4 }),
    mergeBlocked: orNull(fc.record({ code: text, message: text })),
    mergedSha: fc.constant(null),
    observedAt: time,
    threads: fc.uniqueArray(thread, { maxLength: 2, selector: ({ id }) => id }),
    endedBy: orNull(text),
  },
  {
    requiredKeys: [
      'number',
      'url',
      'state',
      'draft',
      'headSha',
      'baseRef',
      'baseSha',
      'mergeable',
      'conflictFiles',
      'checks',
      'reviews',
      'mergeBlocked',
      'mergedSha',
      'observedAt',
    ],
  },
)

const silence = fc.constantFrom(
  'credential' as const,
  'replaced' as const,
  'limited' as const,
  'unreachable' as const,
  'failing' as const,
)

const attempt = fc.record({
  number: fc.integer({ min: 1, max: 3 }),
  reason: fc.constantFrom(...ATTEMPT_REASONS),
  purpose: fc.constantFrom('commit' as const, null, null),
  state: fc.constantFrom(...ATTEMPT_STATES, 'succeeded' as const),
  exitCode: orNull(fc.constantFrom(0, 1, 137)),
  stopReason: orNull(fc.constantFrom(...STOP_REASONS)),
  stopRequested: orNull(fc.constantFrom(...STOP_REASONS)),
  errorMessage: orNull(text),
  result: fc.constantFrom(
    null,
    'Done.',
    ...VERDICTS.map((verdict) => JSON.stringify({ verdict, summary: 'So.' })),
  ),
  failure: orNull(
    fc.oneof(
      fc.record({ kind: fc.constantFrom(...AGENT_FAILURE_KINDS), message: text, retryAt: orNull(time) }),
      fc.record({ kind: fc.constant('forge' as const), why: silence, message: text, retryAt: orNull(time) }),
    ),
  ),
  environmentFault: fc.boolean(),
  startedAt: orNull(time),
  endedAt: orNull(time),
  deadlineAt: orNull(time),
  lastOutputAt: orNull(time),
  pullRequestHead: orNull(sha),
  outcome: orNull(
    fc.record({
      headSha: orNull(sha),
      baseSha,
      commitsAhead: fc.integer({ min: 0, max: 2 }),
      dirtyFiles: fc.array(text, { maxLength: 3 }),
      dirtyTotal: fc.constantFrom(0, 0, 3),
      leaks: fc.constantFrom([], [], [], [{ credential: 'KEY', where: 'a file' }]),
    }),
  ),
})

/** Keys as `decide` makes them, so that arbitrary effects meet the rules that look for them. */
const effectKey = fc
  .tuple(sha, baseSha, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
  .chain(([head, base, number, n]) =>
    fc.constantFrom(
      { kind: 'publish' as const, key: `publish:run-1:${number}:${head}` },
      { kind: 'open_pull_request' as const, key: `open:run-1:optio/task-1:${number}` },
      { kind: 'run_checks' as const, key: `checks:run-1:${head}:${base}:${number}:${n}` },
      { kind: 'merge' as const, key: `merge:run-1:${head}:${base}:${number}:${n}` },
      { kind: 'close_pull_request' as const, key: 'close:run-1:7' },
      { kind: 'post_review' as const, key: `review:run-1:${number}` },
      { kind: 'answer_threads' as const, key: `answer:run-1:${head}` },
      { kind: 'comment_issue' as const, key: `comment-issue:run-1:failed:${number}` },
    ),
  )

const effect = fc
  .tuple(
    effectKey,
    fc.record({
      state: fc.constantFrom('pending' as const, 'executing' as const, 'done' as const, 'dead' as const),
      lastError: orNull(text),
      silence: orNull(silence),
      refusal: orNull(fc.record({ code: fc.oneof(text, fc.constant('not_open')), message: text, at: time })),
    }),
  )
  .map(([key, facts]) => ({ ...key, ...facts }))

const subtask = fc.record({
  runId: text,
  title: text,
  taskType: fc.constantFrom('step' as const, 'child' as const),
  state: fc.constantFrom('completed' as const, 'completed' as const, ...RUN_STATES),
  blocksParent: fc.boolean(),
})

const agentReview = fc.record({
  runId: text,
  headSha: sha,
  state: fc.constantFrom('completed' as const, 'completed' as const, ...RUN_STATES),
  verdict: orNull(fc.constantFrom(...VERDICTS)),
})

export const arbitrarySnapshot: fc.Arbitrary<Snapshot> = fc.record({
  now: fc.constant(NOW),
  run: fc.record(
    {
      id: fc.constant('run-1'),
      kind: fc.constantFrom(
        'repo' as const,
        'repo' as const,
        'repo' as const,
        'standalone' as const,
        'review' as const,
      ),
      taskType: fc.constantFrom(...TASK_TYPES),
      held: fc.constantFrom(false, false, true),
      review: orNull(fc.record({ headSha: sha, baseSha })),
      state: fc.constantFrom(...RUN_STATES),
      branch: fc.constant('optio/task-1'),
      retryCount: fc.integer({ min: 0, max: 4 }),
      maxRetries: fc.integer({ min: 0, max: 3 }),
      autoResumeCount: fc.integer({ min: 0, max: 4 }),
      budgetUsd: orNull(fc.constantFrom('0', '1.85', '1000', 'nonsense')),
      intent: fc.constantFrom(null, null, null, 'cancel' as const, 'redo' as const),
      notBefore: orNull(time),
      attention: orNull(fc.constantFrom(...ATTENTION)),
      publishedSha: orNull(sha),
      prNumber: orNull(fc.constant(7)),
      reviewsToldUntil: orNull(time),
      threadsTold: fc.constantFrom(
        [],
        [{ id: 'thread-1', until: NOW }],
        [{ id: 'thread-2', until: NOW - 50_000 }],
      ),
      issueNumber: orNull(fc.constant(12)),
    },
    {
      requiredKeys: [
        'id',
        'kind',
        'taskType',
        'held',
        'review',
        'state',
        'branch',
        'retryCount',
        'maxRetries',
        'autoResumeCount',
        'budgetUsd',
        'intent',
        'notBefore',
        'attention',
        'publishedSha',
        'prNumber',
      ],
    },
  ),
  policy: fc.record(
    {
      autoMerge: fc.boolean(),
      mergeMethod: fc.constantFrom('squash' as const, 'merge' as const, 'rebase' as const),
      cautiousMode: fc.constantFrom(false, false, true),
      autoResume: fc.boolean(),
      maxAutoResumes: fc.integer({ min: 0, max: 3 }),
      stallThresholdMs: fc.constantFrom(1_000, 300_000),
      retryBaseMs: fc.constant(5_000),
      onDependencyFailure: fc.constantFrom('fail' as const, 'wait' as const),
      review: orNull(
        fc.record({
          trigger: fc.constantFrom(...REVIEW_TRIGGERS),
          maxRounds: fc.integer({ min: 1, max: 3 }),
        }),
      ),
      checksGraceMs: fc.constantFrom(0, 60_000),
      deleteBranchOnMerge: fc.boolean(),
      closeOnCancel: fc.boolean(),
      closeIssueOnMerge: fc.boolean(),
      requestsFrom: fc.constantFrom('writers' as const, 'anyone' as const),
    },
    {
      requiredKeys: [
        'autoMerge',
        'mergeMethod',
        'cautiousMode',
        'autoResume',
        'maxAutoResumes',
        'stallThresholdMs',
        'retryBaseMs',
        'onDependencyFailure',
        'review',
      ],
    },
  ),
  attempt: orNull(attempt),
  lostInARow: fc.integer({ min: 0, max: 5 }),
  sameFailureInARow: fc.integer({ min: 0, max: 10 }),
  spent: fc.constantFrom(0n, 1_849_999_999n, 1_850_000_000n, 10_000_000_000_000n),
  pullRequest: fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.record(
      { kind: fc.constant('unknown' as const), message: text, retryAt: time, why: silence },
      { requiredKeys: ['kind', 'message', 'retryAt'] },
    ),
    ...[1, 2].map(() =>
      fc.record(
        {
          kind: fc.constant('known' as const),
          observation: pullRequest,
          headSince: time,
          watched: fc.boolean(),
        },
        { requiredKeys: ['kind', 'observation'] },
      ),
    ),
  ),
  effects: fc.uniqueArray(effect, { maxLength: 5, selector: ({ key }) => key }),
  liveChecks: fc.record({ count: fc.constantFrom(0, 0, 1, 2), stopRequested: fc.boolean() }),
  dependencies: fc.array(fc.record({ runId: text, title: text, state: fc.constantFrom(...RUN_STATES) }), {
    maxLength: 3,
  }),
  subtasks: fc.array(subtask, { maxLength: 3 }),
  reviews: fc.array(agentReview, { maxLength: 3 }),
  capacity: fc.record(
    {
      globalLimit: fc.constant(5),
      globalUsed: fc.integer({ min: 0, max: 5 }),
      groupLimit: fc.constant(2),
      groupUsed: fc.integer({ min: 0, max: 2 }),
      ahead: fc.integer({ min: 0, max: 3 }),
      paused: fc.constant({ since: NOW - 1_000, by: 'local', reason: null }),
    },
    { requiredKeys: ['globalLimit', 'globalUsed', 'groupLimit', 'groupUsed', 'ahead'] },
  ),
})
