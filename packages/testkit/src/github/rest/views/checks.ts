import { suiteState } from '../../deeds/checks.ts'
import type { CheckApp, CheckRun, CheckSuite, CommitStatus, Workflow } from '../../state/check.ts'
import { nodeId } from '../../state/node-id.ts'
import type { Repository } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import type { Schemas } from '../schemas.ts'
import { repositoryUrl, repositoryView, webUrlOf } from './repositories.ts'
import { userView } from './users.ts'

const APPS_SINCE = '2019-01-01T00:00:00Z'

function appView(world: World, app: CheckApp) {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('App', app.id),
    owner: userView(world, world.user('fake-ci-bot')),
    name: app.name,
    description: null,
    external_url: `${world.url}/apps/${app.slug}`,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: APPS_SINCE,
    updated_at: APPS_SINCE,
    permissions: { checks: 'write' as const, metadata: 'read' as const },
    events: [],
  } satisfies Schemas['integration']
}

/** Open pull requests of a head, in the short form that checks have. */
export function pullReferences(world: World, repository: Repository, sha: string) {
  const url = repositoryUrl(world, repository)
  const repo = { id: repository.id, url, name: repository.name }
  return [...repository.issues.values()].flatMap(({ number, state, pull }) =>
    pull === null || state === 'closed' || pull.headSha !== sha
      ? []
      : [
          {
            url: `${url}/pulls/${number}`,
            id: pull.id,
            number,
            head: { ref: pull.headRef, sha: pull.headSha, repo },
            base: { ref: pull.baseRef, sha: pull.baseSha, repo },
          },
        ],
  )
}

/** Page of a check run; that of the job for GitHub Actions. */
export function runWebUrl(world: World, repository: Repository, run: CheckRun): string {
  const web = webUrlOf(world, repository)
  const { workflowRun } = run.suite
  return workflowRun === null
    ? `${web}/runs/${run.id}`
    : `${web}/actions/runs/${workflowRun.id}/job/${run.id}`
}

export function checkRunView(world: World, repository: Repository, run: CheckRun) {
  const url = `${repositoryUrl(world, repository)}/check-runs/${run.id}`
  const web = runWebUrl(world, repository, run)
  return {
    id: run.id,
    head_sha: run.suite.sha,
    node_id: nodeId('CheckRun', run.id),
    external_id: '',
    url,
    html_url: web,
    details_url: run.detailsUrl ?? web,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: run.name,
    check_suite: { id: run.suite.id },
    app: appView(world, run.suite.app),
    pull_requests: pullReferences(world, repository, run.suite.sha),
  } satisfies Schemas['check-run']
}

export interface HeadCommit {
  readonly tree: string
  readonly message: string
  readonly author: { readonly name: string; readonly email: string; readonly date: string }
}

/** The short form of a commit that suites and runs carry. */
export function simpleCommitView(sha: string, commit: HeadCommit) {
  const author = { name: commit.author.name, email: commit.author.email }
  return {
    id: sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: commit.author.date,
    author,
    committer: author,
  } satisfies Schemas['simple-commit']
}

export function checkSuiteView(world: World, repository: Repository, suite: CheckSuite, commit: HeadCommit) {
  const url = `${repositoryUrl(world, repository)}/check-suites/${suite.id}`
  return {
    id: suite.id,
    node_id: nodeId('CheckSuite', suite.id),
    head_branch: suite.branch,
    head_sha: suite.sha,
    ...suiteState(suite),
    url,
    before: suite.before,
    after: suite.sha,
    pull_requests: pullReferences(world, repository, suite.sha),
    app: appView(world, suite.app),
    repository: repositoryView(world, repository, null),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
    head_commit: simpleCommitView(suite.sha, commit),
    latest_check_runs_count: suite.runs.length,
    check_runs_url: `${url}/check-runs`,
  } satisfies Schemas['check-suite']
}

export function annotationsView(world: World, repository: Repository, run: CheckRun) {
  return run.annotations.map(
    (annotation) =>
      ({
        path: annotation.path,
        start_line: annotation.line,
        end_line: annotation.endLine ?? annotation.line,
        start_column: null,
        end_column: null,
        annotation_level: annotation.level ?? 'failure',
        title: annotation.title ?? null,
        message: annotation.message,
        raw_details: null,
        blob_href: `${repositoryUrl(world, repository)}/contents/${annotation.path}?ref=${run.suite.sha}`,
      }) satisfies Schemas['check-annotation'],
  )
}

export function statusView(world: World, repository: Repository, status: CommitStatus, sha: string) {
  const creator = userView(world, status.creator)
  return {
    id: status.id,
    node_id: nodeId('StatusContext', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    avatar_url: creator.avatar_url,
    url: `${repositoryUrl(world, repository)}/statuses/${sha}`,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  } satisfies Schemas['simple-commit-status']
}

export function workflowView(world: World, repository: Repository, workflow: Workflow) {
  const web = webUrlOf(world, repository)
  return {
    id: workflow.id,
    node_id: nodeId('Workflow', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: 'active' as const,
    created_at: workflow.createdAt,
    updated_at: workflow.createdAt,
    url: `${repositoryUrl(world, repository)}/actions/workflows/${workflow.id}`,
    html_url: `${web}/blob/${repository.defaultBranch}/${workflow.path}`,
    badge_url: `${web}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  } satisfies Schemas['workflow']
}
