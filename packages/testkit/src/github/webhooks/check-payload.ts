import type {
  CheckRunCompletedEvent,
  CheckSuiteCompletedEvent,
  StatusEvent,
  WorkflowRunCompletedEvent,
} from '@octokit/webhooks-types'
import { suiteState } from '../deeds/checks.ts'
import { commitOf } from '../deeds/relations.ts'
import { isActionsSuite, workflowRunView } from '../rest/views/actions.ts'
import {
  checkRunView,
  checkSuiteView,
  pullReferences,
  simpleCommitView,
  statusView,
  workflowView,
} from '../rest/views/checks.ts'
import { commitView } from '../rest/views/commits.ts'
import { repositoryUrl } from '../rest/views/repositories.ts'
import type { Happening } from '../state/happening.ts'
import { nodeId } from '../state/node-id.ts'
import type { World } from '../state/world.ts'

type Of<Event extends Happening['event']> = Extract<Happening, { event: Event }>

/** What we say of these events in other words than their description, which knows one action at a time. */
type Loose<Part, Keys extends string> = Omit<Part, Keys> & Record<string, unknown>

/** Stands where the commit will, while the rest is read. */
const UNREAD = { tree: '', message: '', author: { name: '', email: '', date: '' } }

export function checkRunPayload(world: World, { repository, action, run }: Of<'check_run'>) {
  const { suite } = run
  const view = checkRunView(world, repository, run)
  const state = suiteState(suite)
  return {
    action,
    check_run: {
      ...view,
      check_suite: {
        id: suite.id,
        node_id: nodeId('CheckSuite', suite.id),
        head_branch: suite.branch,
        head_sha: suite.sha,
        ...state,
        url: `${repositoryUrl(world, repository)}/check-suites/${suite.id}`,
        before: suite.before,
        after: suite.sha,
        pull_requests: pullReferences(world, repository, suite.sha),
        app: view.app,
        created_at: suite.createdAt,
        updated_at: suite.updatedAt,
      },
    } satisfies Loose<CheckRunCompletedEvent['check_run'], 'status' | 'completed_at' | 'check_suite'>,
  }
}

export async function checkSuitePayload(world: World, { repository, action, suite }: Of<'check_suite'>) {
  const { repository: _repository, ...view } = checkSuiteView(world, repository, suite, UNREAD)
  const commit = await commitOf(repository, suite.sha)
  return {
    action,
    check_suite: {
      ...view,
      head_commit: simpleCommitView(suite.sha, commit),
    } satisfies Loose<CheckSuiteCompletedEvent['check_suite'], 'conclusion'>,
  }
}

export async function workflowRunPayload(world: World, { repository, action, suite }: Of<'workflow_run'>) {
  if (!isActionsSuite(suite)) return {}
  const view = workflowRunView(world, repository, suite, UNREAD)
  const workflow = workflowView(world, repository, suite.workflowRun.workflow)
  const commit = await commitOf(repository, suite.sha)
  return {
    action,
    workflow: workflow satisfies WorkflowRunCompletedEvent['workflow'],
    workflow_run: {
      ...view,
      head_commit: simpleCommitView(suite.sha, commit),
    } satisfies Loose<WorkflowRunCompletedEvent['workflow_run'], 'conclusion'>,
  }
}

export async function statusPayload(world: World, { repository, status, sha }: Of<'status'>) {
  const view = statusView(world, repository, status, sha)
  const branches = [...repository.branches]
    .filter(([, head]) => head === sha)
    .map(([name]) => ({
      name,
      commit: { sha, url: `${repositoryUrl(world, repository)}/commits/${sha}` },
      protected: repository.protections.has(name),
    }))
  const commit = await commitOf(repository, sha)
  return {
    id: status.id,
    sha,
    name: `${repository.owner.login}/${repository.name}`,
    avatar_url: view.avatar_url,
    target_url: status.targetUrl,
    context: status.context,
    description: status.description,
    state: status.state,
    commit: commitView(world, repository, commit),
    branches,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  } satisfies Omit<StatusEvent, 'repository' | 'sender'>
}
