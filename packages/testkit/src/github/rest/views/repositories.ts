import type { Permission } from '../../control/account.ts'
import type { User } from '../../state/account.ts'
import { nodeId } from '../../state/node-id.ts'
import { fullNameOf, type Repository } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import type { Schemas } from '../schemas.ts'
import { userView } from './users.ts'

export function repositoryUrl(world: World, repository: Repository): string {
  return `${world.apiUrl}/repos/${fullNameOf(repository)}`
}

/** Its page. */
export function webUrlOf(world: World, repository: Repository): string {
  return `${world.url}/${fullNameOf(repository)}`
}

function permissionsView(permission: Permission) {
  const push = permission === 'admin' || permission === 'write'
  return {
    admin: permission === 'admin',
    maintain: permission === 'admin',
    push,
    triage: push,
    pull: permission !== 'none',
  }
}

function addressesView(world: World, repository: Repository) {
  const url = repositoryUrl(world, repository)
  const web = webUrlOf(world, repository)
  const host = new URL(world.url).host
  return {
    html_url: web,
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
    git_url: `git://${host}/${fullNameOf(repository)}.git`,
    ssh_url: `git@${host}:${fullNameOf(repository)}.git`,
    clone_url: `${web}.git`,
    svn_url: web,
    mirror_url: null,
    homepage: null,
  }
}

/** What lists and other things show of it. */
export function repositoryView(world: World, repository: Repository, viewer: User | null) {
  const openIssues = [...repository.issues.values()].filter(({ state }) => state === 'open').length
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: fullNameOf(repository),
    owner: userView(world, repository.owner),
    private: repository.isPrivate,
    description: repository.description,
    fork: false,
    ...addressesView(world, repository),
    language: null,
    forks_count: 0,
    forks: 0,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    size: 0,
    default_branch: repository.defaultBranch,
    open_issues_count: openIssues,
    open_issues: openIssues,
    is_template: false,
    topics: [] as string[],
    has_issues: repository.hasIssues,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: repository.archived,
    disabled: repository.disabled,
    visibility: repository.isPrivate ? ('private' as const) : ('public' as const),
    pushed_at: repository.pushedAt,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    license: null,
    web_commit_signoff_required: false,
    custom_properties: {},
    permissions: permissionsView(world.permissionOf(viewer, repository)),
  } satisfies Schemas['repository'] & Schemas['minimal-repository']
}

export type RepositoryView = ReturnType<typeof repositoryView>

/** What `GET /repos/{owner}/{repo}` shows. How it merges is told to those who can push only, as on GitHub. */
export function fullRepositoryView(world: World, repository: Repository, viewer: User | null) {
  const view = repositoryView(world, repository, viewer)
  return {
    ...view,
    subscribers_count: 0,
    network_count: 0,
    ...(view.permissions.push
      ? {
          allow_squash_merge: repository.allowSquashMerge,
          allow_merge_commit: repository.allowMergeCommit,
          allow_rebase_merge: repository.allowRebaseMerge,
          allow_auto_merge: false,
          delete_branch_on_merge: repository.deleteBranchOnMerge,
          allow_update_branch: false,
        }
      : {}),
  } satisfies Schemas['full-repository']
}
