import { isPull } from '../deeds/labels.ts'
import { canSee } from '../http/access.ts'
import type { PullIssue } from '../state/issue.ts'
import { nodeId, readNodeId } from '../state/node-id.ts'
import type { ReviewThread } from '../state/pull-request.ts'
import type { Repository } from '../state/repository.ts'
import { actorNode, labelNode } from './account-nodes.ts'
import { checkRunNode, checkSuiteNode } from './check-nodes.ts'
import { type Context, missing } from './context.ts'
import { issueNode } from './issue-node.ts'
import { pullNode } from './pull-node.ts'
import { repositoryNode } from './repository-node.ts'
import { reviewNode, threadNode } from './review-nodes.ts'

/** Repositories the credential may see. */
function visible({ world, token }: Context): Repository[] {
  return [...world.repositories.values()].filter(
    (repository) => !repository.deleted && canSee(world, repository, token),
  )
}

/** What a global id leads to, as far as it may be seen. */
export function nodeOf(context: Context, id: string): object {
  const read = readNodeId(id)
  const found = read === null ? undefined : find(context, read)
  if (found === undefined) throw missing('a node', `global id of '${id}'`)
  return found
}

function find(
  context: Context,
  { kind, id }: NonNullable<ReturnType<typeof readNodeId>>,
): object | undefined {
  if (kind === 'User') {
    const user = [...context.world.users.values()].find((each) => each.id === id)
    return user && actorNode(context.world, user)
  }
  for (const repository of visible(context)) {
    if (kind === 'Repository' && repository.id === id) return repositoryNode(context, repository)
    const node = findIn(context, repository, kind, id)
    if (node !== undefined) return node
  }
  return undefined
}

function findIn(context: Context, repository: Repository, kind: string, id: number): object | undefined {
  if (kind === 'Label') {
    const label = [...repository.labels.values()].find((each) => each.id === id)
    return label && labelNode(label)
  }
  if (kind === 'CheckRun') {
    const run = repository.runs.get(id)
    return run && checkRunNode(context, repository, run)
  }
  if (kind === 'CheckSuite') {
    const suite = [...repository.suites.values()].flat().find((each) => each.id === id)
    return suite && checkSuiteNode(context, repository, suite)
  }
  if (kind === 'Issue') {
    const issue = [...repository.issues.values()].find((each) => each.id === id && !isPull(each))
    return issue && issueNode(context, repository, issue)
  }
  for (const issue of [...repository.issues.values()].filter(isPull)) {
    if (kind === 'PullRequest' && issue.pull.id === id) return pullNode(context, repository, issue)
    const review =
      kind === 'PullRequestReview' ? issue.pull.reviews.find((each) => each.id === id) : undefined
    if (review) return reviewNode(context, repository, issue, review)
    const thread =
      kind === 'PullRequestReviewThread' ? issue.pull.threads.find((each) => each.id === id) : undefined
    if (thread) return threadNode(context, repository, issue, thread)
  }
  return undefined
}

/** The pull request of that global id; throws when there is none that may be seen. */
export function pullById(context: Context, id: string): { repository: Repository; issue: PullIssue } {
  for (const repository of visible(context)) {
    const issue = [...repository.issues.values()]
      .filter(isPull)
      .find(({ pull }) => nodeId('PullRequest', pull.id) === id)
    if (issue !== undefined) return { repository, issue }
  }
  throw missing('a node', `global id of '${id}'`)
}

export function threadById(
  context: Context,
  id: string,
): { repository: Repository; issue: PullIssue; thread: ReviewThread } {
  for (const repository of visible(context)) {
    for (const issue of [...repository.issues.values()].filter(isPull)) {
      const thread = issue.pull.threads.find((each) => nodeId('PullRequestReviewThread', each.id) === id)
      if (thread !== undefined) return { repository, issue, thread }
    }
  }
  throw missing('a node', `global id of '${id}'`)
}
