import { isPull } from '../deeds/labels.ts'
import { READ } from '../rest/route.ts'
import { webUrlOf } from '../rest/views/repositories.ts'
import type { Issue, Label, PullIssue } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import { fullNameOf, type Repository } from '../state/repository.ts'
import { actorNode, labelNode } from './account-nodes.ts'
import { commitNode, refNode } from './commit-nodes.ts'
import { connection, type PageArguments } from './connection.ts'
import { type Context, demand, missing } from './context.ts'
import { issueNode } from './issue-node.ts'
import { pullNode } from './pull-node.ts'

interface ListArguments extends PageArguments {
  readonly states?: readonly string[] | null
  readonly labels?: readonly string[] | null
  readonly headRefName?: string | null
  readonly baseRefName?: string | null
  readonly orderBy?: { readonly field: string; readonly direction: string } | null
  readonly filterBy?: { readonly since?: string; readonly states?: readonly string[] } | null
}

export function repositoryNode(context: Context, repository: Repository): object {
  const { world, token } = context
  const permission = world.permissionOf(token.user, repository)
  const issue = (
    { number }: { number: number },
    kind: 'an Issue' | 'a PullRequest' | 'an issue or pull request',
  ) => {
    const found = repository.issues.get(number)
    const fits =
      found !== undefined &&
      (kind === 'an issue or pull request' || isPull(found) === (kind === 'a PullRequest'))
    if (!fits) throw missing(kind, `number of ${number}`)
    demand(context, repository, READ(isPull(found) ? 'pull_requests=read' : 'issues=read'))
    return isPull(found) ? pullNode(context, repository, found) : issueNode(context, repository, found)
  }
  return {
    __typename: 'Repository',
    id: nodeId('Repository', repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: fullNameOf(repository),
    owner: actorNode(world, repository.owner),
    url: webUrlOf(world, repository),
    resourcePath: `/${fullNameOf(repository)}`,
    description: repository.description,
    isPrivate: repository.isPrivate,
    visibility: repository.isPrivate ? 'PRIVATE' : 'PUBLIC',
    isArchived: repository.archived,
    isDisabled: repository.disabled,
    isEmpty: repository.branches.size === 0,
    isFork: false,
    hasIssuesEnabled: repository.hasIssues,
    createdAt: repository.createdAt,
    updatedAt: repository.updatedAt,
    pushedAt: repository.pushedAt,
    squashMergeAllowed: repository.allowSquashMerge,
    mergeCommitAllowed: repository.allowMergeCommit,
    rebaseMergeAllowed: repository.allowRebaseMerge,
    deleteBranchOnMerge: repository.deleteBranchOnMerge,
    autoMergeAllowed: false,
    viewerPermission: permission === 'none' ? null : permission.toUpperCase(),
    viewerCanAdminister: permission === 'admin',
    defaultBranchRef: () => refNode(context, repository, repository.defaultBranch),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      refNode(context, repository, qualifiedName.replace(/^refs\/heads\//, '')),
    object: ({ oid, expression }: { oid?: string | null; expression?: string | null }) => {
      const sha = oid ?? repository.branches.get(expression ?? '') ?? expression
      return sha && /^[0-9a-f]{40}$/.test(sha) ? commitNode(context, repository, sha) : null
    },
    label: ({ name }: { name: string }) => {
      const label = repository.labels.get(name.toLowerCase())
      return label === undefined ? null : labelNode(label)
    },
    labels: (page: PageArguments) =>
      connection<Label>(page, {
        items: [...repository.labels.values()],
        key: ({ id }) => id,
        node: labelNode,
      }),
    pullRequest: (which: { number: number }) => issue(which, 'a PullRequest'),
    issue: (which: { number: number }) => issue(which, 'an Issue'),
    issueOrPullRequest: (which: { number: number }) => issue(which, 'an issue or pull request'),
    pullRequests: (page: ListArguments) => {
      demand(context, repository, READ('pull_requests=read'))
      return connection<PullIssue>(page, {
        items: listed(repository, page)
          .filter(isPull)
          .filter(
            ({ pull }) =>
              (!page.headRefName || pull.headRef === page.headRefName) &&
              (!page.baseRefName || pull.baseRef === page.baseRefName),
          ),
        key: ({ number }) => number,
        node: (found) => pullNode(context, repository, found),
      })
    },
    issues: (page: ListArguments) => {
      demand(context, repository, READ('issues=read'))
      return connection<Issue>(page, {
        items: listed(repository, page).filter((found) => !isPull(found)),
        key: ({ number }) => number,
        node: (found) => issueNode(context, repository, found),
      })
    },
  }
}

function stateOf({ state, pull }: Issue): string {
  return pull?.mergedAt ? 'MERGED' : state.toUpperCase()
}

function listed(repository: Repository, { states, labels, orderBy, filterBy }: ListArguments): Issue[] {
  const since = filterBy?.since
  const wanted = states ?? filterBy?.states
  const direction = orderBy?.direction === 'DESC' ? -1 : 1
  const keyOf = (issue: Issue) => (orderBy?.field === 'UPDATED_AT' ? issue.updatedAt : issue.createdAt)
  return [...repository.issues.values()]
    .filter(
      (issue) =>
        (!wanted || wanted.includes(stateOf(issue))) &&
        (!labels || issue.labels.some(({ name }) => labels.includes(name))) &&
        (since === undefined || Date.parse(issue.updatedAt) >= Date.parse(since)),
    )
    .sort((a, b) => direction * (keyOf(a).localeCompare(keyOf(b)) || a.number - b.number))
}
