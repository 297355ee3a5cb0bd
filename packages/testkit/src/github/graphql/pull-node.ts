import { closedBy } from '../deeds/closing-words.ts'
import { isPull } from '../deeds/labels.ts'
import { changesOf, liveBase } from '../deeds/relations.ts'
import { opinionatedReviews, reviewDecision, type Standing, standingOf } from '../deeds/standing.ts'
import { type CommitFacts, readCommits } from '../git/history.ts'
import { issueWebUrl } from '../rest/views/issues.ts'
import { countsOf, type PullFacts } from '../rest/views/pulls.ts'
import type { User } from '../state/account.ts'
import type { Issue, PullIssue } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import type { Review, ReviewThread } from '../state/pull-request.ts'
import { fullNameOf, type Repository } from '../state/repository.ts'
import { actorNode } from './account-nodes.ts'
import { rollupNode } from './check-nodes.ts'
import { commitNode, refNode } from './commit-nodes.ts'
import { connection, type PageArguments } from './connection.ts'
import type { Context } from './context.ts'
import { issueNode } from './issue-node.ts'
import { issueOrPullFields } from './issue-or-pull-fields.ts'
import { reviewNode, threadNode } from './review-nodes.ts'

const CHANGES = { added: 'ADDED', removed: 'DELETED', modified: 'MODIFIED', renamed: 'RENAMED' } as const

/** A pull request: what it shares with issues, and what only it has. */
export function pullNode(context: Context, repository: Repository, issue: PullIssue): object {
  const { world } = context
  const { pull } = issue
  const mergedBy = pull.mergedBy === null ? null : actorNode(world, pull.mergedBy)
  const common = issueOrPullFields(context, repository, issue)
  return {
    ...common,
    __typename: 'PullRequest',
    id: nodeId('PullRequest', pull.id),
    databaseId: pull.id,
    fullDatabaseId: String(pull.id),
    permalink: common.url,
    resourcePath: new URL(common.url).pathname,
    state: pull.mergedAt === null ? issue.state.toUpperCase() : 'MERGED',
    isDraft: pull.draft,
    merged: pull.mergedAt !== null,
    mergedAt: pull.mergedAt,
    mergedBy,
    mergeCommit: () => (pull.mergedSha === null ? null : commitNode(context, repository, pull.mergedSha)),
    publishedAt: issue.createdAt,
    headRefName: pull.headRef,
    headRefOid: pull.headSha,
    headRef: () => refNode(context, repository, pull.headRef),
    headRepository: () => context.nodes.repository(context, repository),
    headRepositoryOwner: actorNode(world, repository.owner),
    isCrossRepository: false,
    baseRefName: pull.baseRef,
    baseRefOid: pull.baseSha,
    baseRef: () => refNode(context, repository, pull.baseRef),
    baseRepository: () => context.nodes.repository(context, repository),
    isInMergeQueue: false,
    isMergeQueueEnabled: false,
    mergeQueueEntry: null,
    autoMergeRequest: null,
    maintainerCanModify: false,
    viewerDidAuthor: issue.author === context.token.user,
    viewerCanUpdate: world.canWrite(context.token.user, repository),
    reviewDecision: () => reviewDecision(world, repository, issue),
    totalCommentsCount:
      issue.comments.length + pull.threads.reduce((sum, { comments }) => sum + comments.length, 0),
    statusCheckRollup: () => rollupNode(context, repository, pull.headSha),
    ...standing(context, repository, issue),
    ...counts(repository, issue),
    ...lists(context, repository, issue),
    ...reviews(context, repository, issue),
  }
}

/** Mergeability in its two words; asked for both, it is one look. */
function standing({ world }: Context, repository: Repository, issue: PullIssue) {
  let looked: Promise<Standing> | undefined
  const look = () => {
    looked ??= standingOf(world, repository, issue)
    return looked
  }
  return {
    mergeable: async () => {
      const { mergeable } = await look()
      return mergeable === null ? 'UNKNOWN' : mergeable ? 'MERGEABLE' : 'CONFLICTING'
    },
    mergeStateStatus: async () => (await look()).state,
  }
}

function counts(repository: Repository, issue: PullIssue) {
  const base = liveBase(repository, issue)
  let counted: ReturnType<typeof countsOf> | undefined
  const count = (name: keyof Pick<PullFacts, 'additions' | 'deletions' | 'changedFiles'>) => async () => {
    counted ??= countsOf(repository, base, issue.pull.headSha)
    return (await counted)[name]
  }
  return { additions: count('additions'), deletions: count('deletions'), changedFiles: count('changedFiles') }
}

function lists(context: Context, repository: Repository, issue: PullIssue) {
  const { world } = context
  const { pull } = issue
  const base = liveBase(repository, issue)
  const commit = (sha: string, known?: CommitFacts) => ({
    __typename: 'PullRequestCommit',
    id: nodeId('Commit', `${issue.number}${sha}`),
    url: `${issueWebUrl(world, repository, issue)}/commits/${sha}`,
    commit: () => commitNode(context, repository, sha, known),
  })
  return {
    commits: (page: PageArguments) => {
      const read = connection<CommitFacts>(page, {
        items: () =>
          readCommits(repository.gitDir, [pull.headSha, `^${base}`], { oldestFirst: true, limit: 250 }),
        key: ({ sha }) => sha,
        node: (facts) => commit(facts.sha, facts),
      })
      // The last one is the head: no need to ask git.
      return page.last === 1 && !page.before ? { ...read, nodes: [commit(pull.headSha)] } : read
    },
    files: (page: PageArguments) =>
      connection(page, {
        items: () => changesOf(repository, base, pull.headSha),
        key: ({ path }) => path,
        node: ({ path, additions, deletions, status }) => ({
          path,
          additions,
          deletions,
          changeType: CHANGES[status],
        }),
      }),
    closingIssuesReferences: (page: PageArguments) => {
      const numbers = closedBy(issue.body, fullNameOf(repository), world.url)
      const issues = numbers.flatMap((number) => {
        const found = repository.issues.get(number)
        return found === undefined || isPull(found) ? [] : [found]
      })
      return connection<Issue>(page, {
        items: issues,
        key: ({ id }) => id,
        node: (found) => issueNode(context, repository, found),
      })
    },
  }
}

function reviews(context: Context, repository: Repository, issue: PullIssue) {
  const { world, token } = context
  const { pull } = issue
  const visible = pull.reviews.filter(({ state, author }) => state !== 'PENDING' || author === token.user)
  const shown = (page: PageArguments, items: readonly Review[]) =>
    connection<Review>(page, {
      items,
      key: ({ id }) => id,
      node: (review) => reviewNode(context, repository, issue, review),
    })
  return {
    reviews: ({ states, author, ...page }: PageArguments & { states?: readonly string[]; author?: string }) =>
      shown(
        page,
        visible.filter(
          (review) =>
            (!states || states.includes(review.state)) && (!author || review.author.login === author),
        ),
      ),
    latestReviews: (page: PageArguments) =>
      shown(page, [...new Map(visible.map((review) => [review.author.id, review])).values()]),
    latestOpinionatedReviews: ({ writersOnly, ...page }: PageArguments & { writersOnly?: boolean }) =>
      shown(page, opinionatedReviews(world, repository, issue, writersOnly ?? false)),
    reviewThreads: (page: PageArguments) =>
      connection<ReviewThread>(page, {
        items: pull.threads,
        key: ({ id }) => id,
        node: (thread) => threadNode(context, repository, issue, thread),
      }),
    reviewRequests: (page: PageArguments) =>
      connection<User>(page, {
        items: pull.requestedReviewers,
        key: ({ id }) => id,
        node: (user) => ({ asCodeOwner: false, requestedReviewer: actorNode(world, user) }),
      }),
  }
}
