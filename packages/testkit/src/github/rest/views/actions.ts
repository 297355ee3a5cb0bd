import { suiteState } from '../../deeds/checks.ts'
import type { CheckRun, CheckSuite, Job, WorkflowRun } from '../../state/check.ts'
import { nodeId } from '../../state/node-id.ts'
import type { Repository } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import type { Schemas } from '../schemas.ts'
import { type HeadCommit, pullReferences, runWebUrl, simpleCommitView } from './checks.ts'
import { repositoryUrl, repositoryView, webUrlOf } from './repositories.ts'
import { userView } from './users.ts'

/** A suite that is a run of a workflow. */
export type ActionsSuite = CheckSuite & { readonly workflowRun: WorkflowRun }

/** A check run that is a job of a workflow. */
export type ActionsJob = CheckRun & { readonly job: Job }

export function isActionsSuite(suite: CheckSuite): suite is ActionsSuite {
  return suite.workflowRun !== null
}

export function isActionsJob(run: CheckRun): run is ActionsJob {
  return run.job !== null
}

export function workflowRunView(
  world: World,
  repository: Repository,
  suite: ActionsSuite,
  commit: HeadCommit,
) {
  const { workflowRun } = suite
  const base = repositoryUrl(world, repository)
  const url = `${base}/actions/runs/${workflowRun.id}`
  const actor = userView(world, workflowRun.actor)
  const repo = repositoryView(world, repository, null)
  return {
    id: workflowRun.id,
    name: workflowRun.workflow.name,
    node_id: nodeId('WorkflowRun', workflowRun.id),
    check_suite_id: suite.id,
    check_suite_node_id: nodeId('CheckSuite', suite.id),
    head_branch: suite.branch ?? '',
    head_sha: suite.sha,
    path: workflowRun.workflow.path,
    run_number: workflowRun.number,
    run_attempt: 1,
    event: workflowRun.event,
    ...suiteState(suite),
    workflow_id: workflowRun.workflow.id,
    url,
    html_url: `${webUrlOf(world, repository)}/actions/runs/${workflowRun.id}`,
    pull_requests: pullReferences(world, repository, suite.sha),
    created_at: workflowRun.createdAt,
    updated_at: suite.updatedAt,
    run_started_at: workflowRun.createdAt,
    actor,
    triggering_actor: actor,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${base}/check-suites/${suite.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${base}/actions/workflows/${workflowRun.workflow.id}`,
    head_commit: simpleCommitView(suite.sha, commit),
    repository: repo,
    head_repository: repo,
    display_title: workflowRun.title,
  } satisfies Schemas['workflow-run']
}

export function jobView(world: World, repository: Repository, suite: ActionsSuite, run: ActionsJob) {
  const base = repositoryUrl(world, repository)
  return {
    id: run.id,
    run_id: suite.workflowRun.id,
    run_url: `${base}/actions/runs/${suite.workflowRun.id}`,
    run_attempt: 1,
    node_id: nodeId('CheckRun', run.id),
    head_sha: suite.sha,
    url: `${base}/actions/jobs/${run.id}`,
    html_url: runWebUrl(world, repository, run),
    status: run.status,
    conclusion: run.conclusion,
    created_at: run.startedAt,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    name: run.name,
    steps: run.job.steps.map(({ name, conclusion }, index) => ({
      name,
      status: 'completed' as const,
      conclusion,
      number: index + 1,
      started_at: run.startedAt,
      completed_at: run.completedAt,
    })),
    check_run_url: `${base}/check-runs/${run.id}`,
    labels: ['ubuntu-latest'],
    runner_id: 1,
    runner_name: 'GitHub Actions 1',
    runner_group_id: 0,
    runner_group_name: 'GitHub Actions',
    workflow_name: suite.workflowRun.workflow.name,
    head_branch: suite.branch,
  } satisfies Schemas['job']
}
