import type { FoundCheck, FoundChecks, FoundPullRequest } from '../../../src/github/observe/found.ts'
import type { Besides } from '../../../src/github/observe/observation.ts'
import { NO_RULES } from '../../../src/github/observe/rules.ts'

export const HEAD = 'a'.repeat(40)
export const BASE = 'b'.repeat(40)

/** A check run of GitHub Actions that passed. */
export function job(change: Partial<FoundCheck> = {}): FoundCheck {
  const order = change.order ?? 1
  return {
    kind: 'run',
    id: String(order),
    order,
    name: 'test',
    status: 'completed',
    conclusion: 'success',
    summary: '',
    url: null,
    isRequired: false,
    appId: 15_368,
    appSlug: 'github-actions',
    workflow: { id: 1, name: 'CI', event: 'pull_request', isDone: true },
    ...change,
  }
}

export function status(change: Partial<FoundCheck> = {}): FoundCheck {
  return {
    ...job({ id: 'SC_1', name: 'lint' }),
    kind: 'status',
    appId: null,
    appSlug: null,
    workflow: null,
    ...change,
  }
}

export function checksOf(all: readonly FoundCheck[], change: Partial<FoundChecks> = {}): FoundChecks {
  return { sha: HEAD, combined: 'success', someHidden: false, all, ...change }
}

/** An open pull request that could be merged. */
export function pullRequest(change: Partial<FoundPullRequest> = {}): FoundPullRequest {
  return {
    number: 7,
    url: 'https://github.test/acme/shop/pull/7',
    state: 'open',
    draft: false,
    headRef: 'optio/sum-1',
    headSha: HEAD,
    headMessage: 'Mend the sum',
    baseRef: 'main',
    baseSha: BASE,
    mergeable: true,
    mergeState: 'clean',
    reviewDecision: null,
    mergedSha: null,
    mergedBy: null,
    updatedAt: '2026-03-01T10:00:00Z',
    labels: [],
    isArchived: false,
    checks: checksOf([job()]),
    reviews: [],
    threads: [],
    ...change,
  }
}

export function besides(change: Partial<Besides> = {}): Besides {
  return {
    rules: NO_RULES,
    logs: new Map(),
    awaited: [],
    threads: [],
    conflictFiles: [],
    endedBy: null,
    login: 'optio-bot',
    writers: new Set(['ann', 'bob']),
    now: 1000,
    ...change,
  }
}
