import { issueWebUrl } from '../rest/views/issues.ts'
import type { User } from '../state/account.ts'
import type { Comment, Issue, Label } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import type { Repository } from '../state/repository.ts'
import { actorNode, commentNode, labelNode } from './account-nodes.ts'
import { connection, type PageArguments } from './connection.ts'
import type { Context } from './context.ts'
import { timeline } from './timeline.ts'

/** An issue that is no pull request. */
export function issueNode(context: Context, repository: Repository, issue: Issue): object {
  const { world } = context
  return {
    __typename: 'Issue',
    id: nodeId('Issue', issue.id),
    databaseId: issue.id,
    fullDatabaseId: String(issue.id),
    number: issue.number,
    title: issue.title,
    body: issue.body,
    bodyText: issue.body,
    url: issueWebUrl(world, repository, issue),
    state: issue.state.toUpperCase(),
    stateReason: issue.stateReason?.toUpperCase() ?? null,
    closed: issue.state === 'closed',
    closedAt: issue.closedAt,
    createdAt: issue.createdAt,
    updatedAt: issue.updatedAt,
    author: actorNode(world, issue.author),
    authorAssociation: world.associationOf(issue.author, repository),
    locked: false,
    milestone: null,
    repository: () => context.nodes.repository(context, repository),
    timelineItems: timeline(context, repository, issue),
    labels: (page: PageArguments) =>
      connection<Label>(page, { items: issue.labels, key: ({ id }) => id, node: labelNode }),
    assignees: (page: PageArguments) =>
      connection<User>(page, {
        items: issue.assignees,
        key: ({ id }) => id,
        node: (user) => actorNode(world, user),
      }),
    comments: (page: PageArguments) =>
      connection<Comment>(page, {
        items: issue.comments,
        key: ({ id }) => id,
        node: (comment) => commentNode(world, repository, issue, comment),
      }),
  }
}
