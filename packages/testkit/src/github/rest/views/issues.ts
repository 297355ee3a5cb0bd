import { isPull } from '../../deeds/labels.ts'
import type { Comment, Issue, IssueEvent, Label } from '../../state/issue.ts'
import { nodeId } from '../../state/node-id.ts'
import type { Repository } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import type { Schemas } from '../schemas.ts'
import { repositoryUrl, webUrlOf } from './repositories.ts'
import { userView } from './users.ts'

function reactionsView(url: string) {
  return {
    url: `${url}/reactions`,
    total_count: 0,
    '+1': 0,
    '-1': 0,
    laugh: 0,
    hooray: 0,
    confused: 0,
    heart: 0,
    rocket: 0,
    eyes: 0,
  } satisfies Schemas['reaction-rollup']
}

export function labelView(world: World, repository: Repository, label: Label) {
  return {
    id: label.id,
    node_id: nodeId('Label', label.id),
    url: `${repositoryUrl(world, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    description: label.description,
    color: label.color,
    default: false,
  } satisfies Schemas['label']
}

/** The page of an issue or pull request. */
export function issueWebUrl(world: World, repository: Repository, issue: Issue): string {
  return `${webUrlOf(world, repository)}/${isPull(issue) ? 'pull' : 'issues'}/${issue.number}`
}

export function issueView(world: World, repository: Repository, issue: Issue) {
  const base = repositoryUrl(world, repository)
  const url = `${base}/issues/${issue.number}`
  const web = issueWebUrl(world, repository, issue)
  const [assignee] = issue.assignees
  return {
    id: issue.id,
    node_id: isPull(issue) ? nodeId('PullRequest', issue.pull.id) : nodeId('Issue', issue.id),
    url,
    repository_url: base,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: web,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body === '' ? null : issue.body,
    user: userView(world, issue.author),
    labels: issue.labels.map((label) => labelView(world, repository, label)),
    assignee: assignee === undefined ? null : userView(world, assignee),
    assignees: issue.assignees.map((user) => userView(world, user)),
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: issue.comments.length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: world.associationOf(issue.author, repository),
    reactions: reactionsView(url),
    performed_via_github_app: null,
    ...(isPull(issue)
      ? {
          draft: issue.pull.draft,
          pull_request: {
            url: `${base}/pulls/${issue.number}`,
            html_url: web,
            diff_url: `${web}.diff`,
            patch_url: `${web}.patch`,
            merged_at: issue.pull.mergedAt,
          },
        }
      : {}),
  } satisfies Schemas['issue']
}

/** With what only a single issue shows. */
export function fullIssueView(world: World, repository: Repository, issue: Issue) {
  return {
    ...issueView(world, repository, issue),
    closed_by: issue.closedBy === null ? null : userView(world, issue.closedBy),
  } satisfies Schemas['issue']
}

export function commentView(world: World, repository: Repository, issue: Issue, comment: Comment) {
  const base = repositoryUrl(world, repository)
  const url = `${base}/issues/comments/${comment.id}`
  return {
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    url,
    html_url: `${issueWebUrl(world, repository, issue)}#issuecomment-${comment.id}`,
    issue_url: `${base}/issues/${issue.number}`,
    user: userView(world, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: world.associationOf(comment.author, repository),
    reactions: reactionsView(url),
    performed_via_github_app: null,
  } satisfies Schemas['issue-comment']
}

export function issueEventView(world: World, repository: Repository, event: IssueEvent) {
  const base = repositoryUrl(world, repository)
  return {
    id: event.id,
    node_id: nodeId('IssueEvent', event.id),
    url: `${base}/issues/events/${event.id}`,
    actor: userView(world, event.actor),
    event: event.event,
    commit_id: event.commitId,
    commit_url: event.commitId === null ? null : `${base}/commits/${event.commitId}`,
    created_at: event.createdAt,
    ...(event.label === null ? {} : { label: { name: event.label.name, color: event.label.color } }),
    performed_via_github_app: null,
  } satisfies Schemas['issue-event']
}
