import { changesOf, distanceOf, liveBase } from '../../deeds/relations.ts'
import { type Standing, standingOf } from '../../deeds/standing.ts'
import type { ChangedFile } from '../../git/changes.ts'
import type { User } from '../../state/account.ts'
import type { PullIssue } from '../../state/issue.ts'
import { nodeId } from '../../state/node-id.ts'
import type { Repository } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import type { Schemas } from '../schemas.ts'
import { issueWebUrl, labelView } from './issues.ts'
import { type RepositoryView, repositoryUrl, repositoryView, webUrlOf } from './repositories.ts'
import { userView } from './users.ts'

/** What git has to be asked for. */
export interface PullFacts extends Standing {
  readonly commits: number
  readonly additions: number
  readonly deletions: number
  readonly changedFiles: number
}

export async function countsOf(
  repository: Repository,
  base: string,
  head: string,
): Promise<Pick<PullFacts, 'commits' | 'additions' | 'deletions' | 'changedFiles'>> {
  const [{ ahead }, files] = await Promise.all([
    distanceOf(repository, base, head),
    changesOf(repository, base, head),
  ])
  return {
    commits: ahead,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
  }
}

export async function pullFactsOf(
  world: World,
  repository: Repository,
  issue: PullIssue,
): Promise<PullFacts> {
  const [standing, counts] = await Promise.all([
    standingOf(world, repository, issue),
    countsOf(repository, liveBase(repository, issue), issue.pull.headSha),
  ])
  return { ...standing, ...counts }
}

function endView(world: World, repository: Repository, repo: RepositoryView, ref: string, sha: string) {
  const user = userView(world, repository.owner)
  return { label: `${repository.owner.login}:${ref}`, ref, sha, user, repo }
}

export function simplePullView(world: World, repository: Repository, issue: PullIssue, viewer: User | null) {
  const { pull } = issue
  const base = repositoryUrl(world, repository)
  const url = `${base}/pulls/${issue.number}`
  const web = issueWebUrl(world, repository, issue)
  const repo = repositoryView(world, repository, viewer)
  const links = {
    self: { href: url },
    html: { href: web },
    issue: { href: `${base}/issues/${issue.number}` },
    comments: { href: `${base}/issues/${issue.number}/comments` },
    review_comments: { href: `${url}/comments` },
    review_comment: { href: `${base}/pulls/comments{/number}` },
    commits: { href: `${url}/commits` },
    statuses: { href: `${base}/statuses/${pull.headSha}` },
  }
  const [assignee] = issue.assignees
  return {
    url,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    issue_url: links.issue.href,
    commits_url: links.commits.href,
    review_comments_url: links.review_comments.href,
    review_comment_url: links.review_comment.href,
    comments_url: links.comments.href,
    statuses_url: links.statuses.href,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: userView(world, issue.author),
    body: issue.body === '' ? null : issue.body,
    // The description of this one place leaves out that a label may have no description.
    labels: issue.labels.map((label) => ({
      ...labelView(world, repository, label),
      description: label.description ?? '',
    })),
    milestone: null,
    active_lock_reason: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergedSha,
    assignee: assignee === undefined ? null : userView(world, assignee),
    assignees: issue.assignees.map((user) => userView(world, user)),
    requested_reviewers: pull.requestedReviewers.map((user) => userView(world, user)),
    requested_teams: [],
    head: endView(world, repository, repo, pull.headRef, pull.headSha),
    base: endView(world, repository, repo, pull.baseRef, pull.baseSha),
    _links: links,
    author_association: world.associationOf(issue.author, repository),
    auto_merge: null,
    draft: pull.draft,
  } satisfies Schemas['pull-request-simple']
}

export function pullView(
  world: World,
  repository: Repository,
  issue: PullIssue,
  viewer: User | null,
  facts: PullFacts,
) {
  const { pull } = issue
  return {
    ...simplePullView(world, repository, issue, viewer),
    merged: pull.mergedAt !== null,
    mergeable: facts.mergeable,
    rebaseable: facts.mergeable,
    mergeable_state: facts.state.toLowerCase(),
    merged_by: pull.mergedBy === null ? null : userView(world, pull.mergedBy),
    comments: issue.comments.length,
    review_comments: pull.threads.reduce((sum, { comments }) => sum + comments.length, 0),
    maintainer_can_modify: false,
    commits: facts.commits,
    additions: facts.additions,
    deletions: facts.deletions,
    changed_files: facts.changedFiles,
  } satisfies Schemas['pull-request']
}

export function fileView(world: World, repository: Repository, sha: string, file: ChangedFile) {
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  const web = webUrlOf(world, repository)
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${web}/blob/${sha}/${path}`,
    raw_url: `${web}/raw/${sha}/${path}`,
    contents_url: `${repositoryUrl(world, repository)}/contents/${path}?ref=${sha}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  } satisfies Schemas['diff-entry']
}
