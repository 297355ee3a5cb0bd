/** A pull request by its repository's name on GitHub. */
export interface Named {
  readonly owner: string
  readonly name: string
  readonly number: number
}

/** Where in an answer something stands. */
export interface Place {
  readonly repository: string
  readonly pullRequest: string
}

export interface PullRequestsQuestion {
  readonly document: string
  readonly variables: Readonly<Record<string, string | number>>
  /** Of each asked for, in turn. */
  readonly places: readonly Place[]
}

/** Most that are asked for at once. */
export const MAX_ASKED = 50

/**
 * Six connections for each pull request, and none inside of another that has more than one node: GitHub's formula (a point for 100 of
 * them) makes that 3 points for 50. Comments of threads, and everything beyond the first page, are asked for where there are any.
 */
const FACTS = `fragment Facts on PullRequest {
  number url state isDraft updatedAt
  headRefName headRefOid baseRefName baseRefOid
  baseRef { target { oid } }
  mergeable mergeStateStatus reviewDecision
  mergeCommit { oid }
  mergedBy { login }
  labels(first: 50) { nodes { name } }
  latestOpinionatedReviews(first: 100) { nodes { ...ReviewFacts } }
  reviews(last: 50, states: [COMMENTED]) { nodes { ...ReviewFacts } }
  reviewThreads(first: 100) { pageInfo { hasNextPage endCursor } nodes { ...ThreadFacts } }
}`

const REVIEW = `fragment ReviewFacts on PullRequestReview {
  author { login } authorAssociation state body submittedAt commit { oid }
}`

const THREAD = 'fragment ThreadFacts on PullRequestReviewThread { id isResolved path line }'

const CHECK_RUN = `fragment RunFacts on CheckRun {
  databaseId name status conclusion title detailsUrl
  checkSuite { status app { databaseId slug } workflowRun { databaseId event workflow { name } } }
}`

const STATUS = 'fragment StatusFacts on StatusContext { id context state description targetUrl createdAt }'

function contexts(number: string, after: string): string {
  return `contexts(first: 100${after}) {
    pageInfo { hasNextPage endCursor }
    nodes {
      __typename
      ... on CheckRun { ...RunFacts isRequired(pullRequestNumber: ${number}) }
      ... on StatusContext { ...StatusFacts isRequired(pullRequestNumber: ${number}) }
    }
  }`
}

/**
 * One document for all of them. What was put into it are numbers of aliases and variables alone; names go as values of variables.
 *
 * @param asked at most `MAX_ASKED`.
 */
export function pullRequestsQuestion(asked: readonly Named[]): PullRequestsQuestion {
  const repositories = new Map<string, { owner: string; name: string; numbers: number[] }>()
  const variables: Record<string, string | number> = {}
  const types: string[] = []
  const places = asked.map(({ owner, name, number }) => {
    const key = `${owner}/${name}`.toLowerCase()
    const group = repositories.get(key) ?? { owner, name, numbers: [] }
    repositories.set(key, group)
    const r = [...repositories.keys()].indexOf(key)
    if (!group.numbers.includes(number)) group.numbers.push(number)
    return { repository: `r${r}`, pullRequest: `p${group.numbers.indexOf(number)}` }
  })
  const parts = [...repositories.values()].map(({ owner, name, numbers }, r) => {
    types.push(`$o${r}: String!`, `$n${r}: String!`)
    variables[`o${r}`] = owner
    variables[`n${r}`] = name
    const pullRequests = numbers.map((number, p) => {
      types.push(`$r${r}p${p}: Int!`)
      variables[`r${r}p${p}`] = number
      return `p${p}: pullRequest(number: $r${r}p${p}) {
    ...Facts
    commits(last: 1) { nodes { commit { oid message statusCheckRollup { state ${contexts(`$r${r}p${p}`, '')} } } } }
  }`
    })
    return `r${r}: repository(owner: $o${r}, name: $n${r}) {
  databaseId isArchived
  ${pullRequests.join('\n  ')}
}`
  })
  const document = `query PullRequests(${types.join(', ')}) {\n${parts.join('\n')}\n}`
  return { document: [document, FACTS, REVIEW, THREAD, CHECK_RUN, STATUS].join('\n'), variables, places }
}

/** What follows of the checks of one commit; bound to the commit, so that pages of two heads are never put together. */
export const MORE_CHECKS = [
  `query MoreChecks($owner: String!, $name: String!, $sha: GitObjectID!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $sha) { ... on Commit { statusCheckRollup { ${contexts('$number', ', after: $after')} } } }
  }
}`,
  CHECK_RUN,
  STATUS,
].join('\n')

/** What follows of the threads of one pull request. */
export const MORE_THREADS = [
  `query MoreThreads($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { ...ThreadFacts } }
    }
  }
}`,
  THREAD,
].join('\n')

/** What was said in up to 100 threads. */
export const THREAD_COMMENTS = `query ThreadComments($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    ... on PullRequestReviewThread {
      id
      comments(last: 100) { nodes { author { login } authorAssociation body createdAt } }
    }
  }
}`
