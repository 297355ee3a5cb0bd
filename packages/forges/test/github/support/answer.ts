import { BASE, HEAD } from './found.ts'

/** A pull request as GitHub answers it, with a check of each kind, a review, a thread and a label. */
export function answeredPullRequest(number = 7) {
  return {
    __typename: 'PullRequest',
    number,
    url: `https://github.test/acme/shop/pull/${number}`,
    state: 'OPEN',
    isDraft: false,
    updatedAt: '2026-03-01T10:00:00Z',
    headRefName: 'optio/sum-1',
    headRefOid: HEAD,
    baseRefName: 'main',
    baseRefOid: BASE,
    baseRef: { target: { __typename: 'Commit', oid: BASE } },
    mergeable: 'MERGEABLE',
    mergeStateStatus: 'BLOCKED',
    reviewDecision: 'REVIEW_REQUIRED',
    mergeCommit: null,
    mergedBy: null,
    labels: { nodes: [{ name: 'bug' }] },
    latestOpinionatedReviews: { nodes: [review('CHANGES_REQUESTED', 'ann')] },
    reviews: { nodes: [review('COMMENTED', 'bob')] },
    reviewThreads: {
      pageInfo: { hasNextPage: false, endCursor: null },
      nodes: [
        { id: 'T1', isResolved: false, path: 'sum.js', line: 3 },
        { id: 'T2', isResolved: true, path: 'sum.js', line: null },
      ],
    },
    commits: {
      nodes: [
        {
          commit: {
            oid: HEAD,
            message: 'Mend the sum',
            statusCheckRollup: {
              state: 'FAILURE',
              contexts: {
                pageInfo: { hasNextPage: false, endCursor: null },
                nodes: [
                  {
                    __typename: 'CheckRun',
                    databaseId: 11,
                    name: 'test',
                    status: 'COMPLETED',
                    conclusion: 'FAILURE',
                    title: '1 test failed',
                    detailsUrl: 'https://github.test/acme/shop/actions/runs/5/job/11',
                    isRequired: true,
                    checkSuite: {
                      status: 'COMPLETED',
                      app: { databaseId: 15_368, slug: 'github-actions' },
                      workflowRun: { databaseId: 5, event: 'pull_request', workflow: { name: 'CI' } },
                    },
                  },
                  {
                    __typename: 'StatusContext',
                    id: 'SC_1',
                    context: 'ci/other',
                    state: 'PENDING',
                    description: 'waits',
                    targetUrl: null,
                    createdAt: '2026-03-01T10:00:00Z',
                    isRequired: false,
                  },
                ],
              },
            },
          },
        },
      ],
    },
  }
}

function review(state: string, login: string) {
  return {
    author: { __typename: 'User', login },
    authorAssociation: 'MEMBER',
    state,
    body: 'Words',
    submittedAt: '2026-03-01T10:00:00Z',
    commit: { oid: HEAD },
  }
}
