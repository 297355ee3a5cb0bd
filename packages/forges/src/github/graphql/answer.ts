import type {
  CombinedState,
  FoundCheck,
  FoundPullRequest,
  FoundReview,
  FoundThread,
} from '../observe/found.ts'
import {
  commitId,
  type Fields,
  fields,
  fieldsOrNull,
  flag,
  integer,
  integerOrNull,
  list,
  loginOf,
  text,
  textOrNull,
  time,
  unreadable,
} from '../shape.ts'

/** A pull request as the main document answers it, and where its longer lists go on. */
export interface ReadPullRequest {
  readonly found: FoundPullRequest
  readonly moreChecks: string | null
  readonly moreThreads: string | null
}

/** Throws `NoAnswer` for whatever is not as GitHub's schema says. */
export function readPullRequest(value: unknown, isArchived: boolean): ReadPullRequest {
  const pr = fields(value, 'a pull request')
  const commits = nodesOf(pr, 'commits')
  const commit = fields(fields(commits.at(-1), 'its last commit').commit, 'its last commit')
  // Null says that there are none; that it is not said at all does not.
  if (commit.statusCheckRollup === undefined) throw unreadable('its checks')
  const rollup = fieldsOrNull(commit.statusCheckRollup, 'its checks')
  const checks = rollup === null ? null : readChecks(rollup)
  const threads = readThreads(pr)
  return {
    found: {
      number: integer(pr, 'number'),
      url: text(pr, 'url'),
      state: oneOf(text(pr, 'state'), STATES),
      draft: flag(pr, 'isDraft'),
      headRef: text(pr, 'headRefName'),
      headSha: commitId(pr, 'headRefOid'),
      headMessage: text(commit, 'message'),
      baseRef: text(pr, 'baseRefName'),
      baseSha: baseOf(pr),
      mergeable: oneOf(text(pr, 'mergeable'), MERGEABLE),
      mergeState: MERGE_STATES[text(pr, 'mergeStateStatus')] ?? 'other',
      reviewDecision: REVIEW_DECISIONS[textOrNull(pr, 'reviewDecision') ?? ''] ?? null,
      mergedSha: oidOrNull(pr.mergeCommit),
      mergedBy: pr.mergedBy === null || pr.mergedBy === undefined ? null : loginOf(pr, 'mergedBy'),
      updatedAt: text(pr, 'updatedAt'),
      labels: nodesOf(pr, 'labels').map((label) => text(fields(label, 'a label'), 'name')),
      isArchived,
      checks: {
        sha: commitId(commit, 'oid'),
        combined: rollup === null ? null : combinedState(text(rollup, 'state')),
        someHidden: checks?.someHidden ?? false,
        all: checks?.all ?? [],
      },
      reviews: [...nodesOf(pr, 'latestOpinionatedReviews'), ...nodesOf(pr, 'reviews')].map(readReview),
      threads: threads.all,
    },
    moreChecks: checks?.more ?? null,
    moreThreads: threads.more,
  }
}

/** Of an answer that has `contexts`. Those the credential may not read are null. */
export function readChecks(rollup: Fields): {
  readonly all: readonly FoundCheck[]
  readonly someHidden: boolean
  readonly more: string | null
} {
  const contexts = fields(rollup.contexts, 'its checks')
  const nodes = list(contexts.nodes, 'its checks')
  const readable = nodes.filter((node) => node !== null)
  return {
    all: readable.map(readCheck),
    someHidden: readable.length < nodes.length,
    more: nextPage(contexts),
  }
}

/** Of an answer that has `reviewThreads`: the unresolved ones, without what was said in them. */
export function readThreads(pullRequest: Fields): {
  readonly all: readonly FoundThread[]
  readonly more: string | null
} {
  const connection = fields(pullRequest.reviewThreads, 'its threads')
  const threads = list(connection.nodes, 'its threads').map((node) => fields(node, 'a thread'))
  return {
    all: threads
      .filter((thread) => !flag(thread, 'isResolved'))
      .map((thread) => ({
        id: text(thread, 'id'),
        path: textOrNull(thread, 'path'),
        line: integerOrNull(thread, 'line'),
        comments: null,
      })),
    more: nextPage(connection),
  }
}

function readCheck(value: unknown): FoundCheck {
  const check = fields(value, 'a check')
  switch (text(check, '__typename')) {
    case 'CheckRun':
      return readRun(check)
    case 'StatusContext':
      return readStatus(check)
    default:
      throw unreadable('a check of an unknown kind')
  }
}

function readRun(run: Fields): FoundCheck {
  const suite = fields(run.checkSuite, 'a check suite')
  const app = fieldsOrNull(suite.app, 'an app')
  const id = integer(run, 'databaseId')
  const conclusion = textOrNull(run, 'conclusion')
  return {
    kind: 'run',
    id: String(id),
    order: id,
    name: text(run, 'name'),
    status: runStatus(text(run, 'status')),
    conclusion: conclusion === null ? null : conclusion.toLowerCase(),
    summary: textOrNull(run, 'title') ?? '',
    url: textOrNull(run, 'detailsUrl'),
    isRequired: flag(run, 'isRequired'),
    appId: app === null ? null : integerOrNull(app, 'databaseId'),
    appSlug: app === null ? null : text(app, 'slug'),
    workflow: readWorkflowRun(suite),
  }
}

function readWorkflowRun(suite: Fields): FoundCheck['workflow'] {
  const run = fieldsOrNull(suite.workflowRun, 'a workflow run')
  if (run === null) return null
  return {
    id: integer(run, 'databaseId'),
    name: text(fields(run.workflow, 'a workflow'), 'name'),
    event: text(run, 'event'),
    isDone: text(suite, 'status') === 'COMPLETED',
  }
}

function readStatus(status: Fields): FoundCheck {
  const state = combinedState(text(status, 'state'))
  return {
    kind: 'status',
    id: text(status, 'id'),
    order: time(status, 'createdAt'),
    name: text(status, 'context'),
    status: state === 'expected' ? 'queued' : state === 'pending' ? 'running' : 'completed',
    conclusion: state === 'expected' || state === 'pending' ? null : state,
    summary: textOrNull(status, 'description') ?? '',
    url: textOrNull(status, 'targetUrl'),
    isRequired: flag(status, 'isRequired'),
    appId: null,
    appSlug: null,
    workflow: null,
  }
}

/** What is not known to be under way or done has not begun. */
export function runStatus(status: string): FoundCheck['status'] {
  if (status.toUpperCase() === 'COMPLETED') return 'completed'
  return status.toUpperCase() === 'IN_PROGRESS' ? 'running' : 'queued'
}

function readReview(value: unknown): FoundReview {
  const review = fields(value, 'a review')
  return {
    author: loginOf(review, 'author'),
    state: oneOf(text(review, 'state'), REVIEW_STATES),
    body: text(review, 'body'),
    headSha: oidOrNull(review.commit) ?? '',
    association: text(review, 'authorAssociation'),
    submittedAt: time(review, 'submittedAt'),
  }
}

/** Where the base branch is; where it was last, when it is gone. */
function baseOf(pr: Fields): string {
  const branch = fieldsOrNull(pr.baseRef, 'its base')
  return oidOrNull(branch?.target) ?? commitId(pr, 'baseRefOid')
}

function oidOrNull(value: unknown): string | null {
  const object = fieldsOrNull(value, 'a commit')
  return object === null ? null : commitId(object, 'oid')
}

function nodesOf(of: Fields, name: string): readonly unknown[] {
  return list(fields(of[name], name).nodes, name)
}

function nextPage(connection: Fields): string | null {
  const page = fields(connection.pageInfo, 'a page')
  return flag(page, 'hasNextPage') ? text(page, 'endCursor') : null
}

export function combinedState(state: string): CombinedState {
  return oneOf(state.toUpperCase(), COMBINED_STATES)
}

function oneOf<T>(value: string, known: Readonly<Record<string, T>>): T {
  const found = Object.hasOwn(known, value) ? known[value] : undefined
  if (found === undefined) throw unreadable(`“${value.slice(0, 40)}”`)
  return found
}

const STATES = { OPEN: 'open', MERGED: 'merged', CLOSED: 'closed' } as const

const MERGEABLE = { MERGEABLE: true, CONFLICTING: false, UNKNOWN: null } as const

const MERGE_STATES: Readonly<Record<string, FoundPullRequest['mergeState']>> = {
  BLOCKED: 'blocked',
  BEHIND: 'behind',
  CLEAN: 'clean',
}

const REVIEW_DECISIONS: Readonly<Record<string, FoundPullRequest['reviewDecision']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  REVIEW_REQUIRED: 'review_required',
}

const REVIEW_STATES = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
} as const

const COMBINED_STATES = {
  SUCCESS: 'success',
  FAILURE: 'failure',
  ERROR: 'error',
  PENDING: 'pending',
  EXPECTED: 'expected',
} as const
