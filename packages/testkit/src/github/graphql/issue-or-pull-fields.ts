import { issueWebUrl } from '../rest/views/issues.ts'
import type { User } from '../state/account.ts'
import type { Comment, Issue, Label } from '../state/issue.ts'
import type { Repository } from '../state/repository.ts'
import { actorNode, commentNode, labelNode } from './account-nodes.ts'
import { connection, type PageArguments } from './connection.ts'
import type { Context } from './context.ts'
import { timeline } from './timeline.ts'

/** What the schema says alike of issues and of pull requests. */
export function issueOrPullFields(context: Context, repository: Repository, issue: Issue) {
  const { world } = context
  return {
    number: issue.number,
    title: issue.title,
    body: issue.body,
    bodyText: issue.body,
    url: issueWebUrl(world, repository, issue),
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
