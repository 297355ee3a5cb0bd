import { issueWebUrl } from '../rest/views/issues.ts'
import { userView } from '../rest/views/users.ts'
import type { User } from '../state/account.ts'
import type { Comment, Issue, Label } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'

/** A user, bot or organisation, where the schema wants an actor. */
export function actorNode(world: World, user: User) {
  const { avatar_url, html_url } = userView(world, user)
  return {
    __typename: user.type,
    id: nodeId('User', user.id),
    databaseId: user.id,
    login: user.login,
    name: user.name,
    email: user.email,
    avatarUrl: avatar_url,
    url: html_url,
    resourcePath: `/${user.login}`,
    createdAt: user.createdAt,
  }
}

export function labelNode({ id, name, color, description }: Label) {
  return { __typename: 'Label', id: nodeId('Label', id), name, color, description, isDefault: false }
}

export function commentNode(world: World, repository: Repository, issue: Issue, comment: Comment) {
  return {
    __typename: 'IssueComment',
    id: nodeId('IssueComment', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    author: actorNode(world, comment.author),
    authorAssociation: world.associationOf(comment.author, repository),
    body: comment.body,
    bodyText: comment.body,
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    isMinimized: false,
    url: `${issueWebUrl(world, repository, issue)}#issuecomment-${comment.id}`,
  }
}
