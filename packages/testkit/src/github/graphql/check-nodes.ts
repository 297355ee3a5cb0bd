import { latestRuns, latestStatuses, rollupOf } from '../deeds/check-states.ts'
import { suiteState } from '../deeds/checks.ts'
import { isPull } from '../deeds/labels.ts'
import { rulesFor } from '../deeds/rules.ts'
import { READ } from '../rest/route.ts'
import { runWebUrl } from '../rest/views/checks.ts'
import { webUrlOf } from '../rest/views/repositories.ts'
import type { CheckApp, CheckRun, CheckSuite, CommitStatus } from '../state/check.ts'
import { nodeId } from '../state/node-id.ts'
import type { Repository } from '../state/repository.ts'
import { actorNode } from './account-nodes.ts'
import { connection, type PageArguments } from './connection.ts'
import { type Context, demand } from './context.ts'

/** All checks of a commit; null when there are none, as on GitHub. */
export function rollupNode(context: Context, repository: Repository, sha: string) {
  demand(context, repository, READ('checks=read; statuses=read; contents=read'))
  const state = rollupOf(repository, sha)
  if (state === null) return null
  const runs = latestRuns(repository, sha)
  const statuses = latestStatuses(repository, sha)
  return {
    __typename: 'StatusCheckRollup',
    id: nodeId('StatusCheckRollup', sha),
    state: state.toUpperCase(),
    contexts: (page: PageArguments) => ({
      ...connection<CheckRun | CommitStatus>(page, {
        items: [...runs, ...statuses],
        key: ({ id }) => id,
        node: (check) =>
          'suite' in check
            ? checkRunNode(context, repository, check)
            : statusNode(context, repository, check),
      }),
      checkRunCount: runs.length,
      statusContextCount: statuses.length,
    }),
  }
}

function isRequired(repository: Repository, name: string) {
  return ({ pullRequestNumber, pullRequestId }: { pullRequestNumber?: number; pullRequestId?: string }) => {
    const pulls = [...repository.issues.values()].filter(isPull)
    const issue = pulls.find(
      (each) => each.number === pullRequestNumber || nodeId('PullRequest', each.pull.id) === pullRequestId,
    )
    if (issue === undefined) throw new Error('You must specify a pull request ID or number.')
    return rulesFor(repository, issue.pull.baseRef).requiredChecks.has(name)
  }
}

export function checkRunNode(context: Context, repository: Repository, run: CheckRun) {
  const url = runWebUrl(context.world, repository, run)
  return {
    __typename: 'CheckRun',
    id: nodeId('CheckRun', run.id),
    databaseId: run.id,
    name: run.name,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    startedAt: run.startedAt,
    completedAt: run.completedAt,
    detailsUrl: run.detailsUrl ?? url,
    permalink: url,
    url,
    externalId: '',
    title: run.title,
    summary: run.summary,
    text: run.text,
    isRequired: isRequired(repository, run.name),
    checkSuite: () => checkSuiteNode(context, repository, run.suite),
    annotations: (page: PageArguments) =>
      connection(page, {
        items: run.annotations,
        key: (annotation) => run.annotations.indexOf(annotation),
        node: (annotation) => ({
          path: annotation.path,
          message: annotation.message,
          title: annotation.title ?? null,
          annotationLevel: (annotation.level ?? 'failure').toUpperCase(),
          location: {
            start: { line: annotation.line, column: null },
            end: { line: annotation.endLine ?? annotation.line, column: null },
          },
        }),
      }),
  }
}

function appNode({ id, slug, name }: CheckApp) {
  return { __typename: 'App', id: nodeId('App', id), databaseId: id, slug, name }
}

export function checkSuiteNode(context: Context, repository: Repository, suite: CheckSuite) {
  const { status, conclusion } = suiteState(suite)
  const web = webUrlOf(context.world, repository)
  const { workflowRun } = suite
  return {
    __typename: 'CheckSuite',
    id: nodeId('CheckSuite', suite.id),
    databaseId: suite.id,
    status: status.toUpperCase(),
    conclusion: conclusion?.toUpperCase() ?? null,
    createdAt: suite.createdAt,
    updatedAt: suite.updatedAt,
    url: `${web}/commit/${suite.sha}/checks?check_suite_id=${suite.id}`,
    app: appNode(suite.app),
    workflowRun:
      workflowRun === null
        ? null
        : {
            __typename: 'WorkflowRun',
            id: nodeId('WorkflowRun', workflowRun.id),
            databaseId: workflowRun.id,
            runNumber: workflowRun.number,
            event: workflowRun.event,
            createdAt: workflowRun.createdAt,
            updatedAt: suite.updatedAt,
            url: `${web}/actions/runs/${workflowRun.id}`,
            workflow: {
              __typename: 'Workflow',
              id: nodeId('Workflow', workflowRun.workflow.id),
              databaseId: workflowRun.workflow.id,
              name: workflowRun.workflow.name,
              state: 'ACTIVE',
            },
          },
    checkRuns: (page: PageArguments) =>
      connection(page, {
        items: suite.runs,
        key: ({ id }) => id,
        node: (run) => checkRunNode(context, repository, run),
      }),
  }
}

export function statusNode(context: Context, repository: Repository, status: CommitStatus) {
  return {
    __typename: 'StatusContext',
    id: nodeId('StatusContext', status.id),
    context: status.context,
    state: status.state.toUpperCase(),
    description: status.description,
    targetUrl: status.targetUrl,
    createdAt: status.createdAt,
    creator: actorNode(context.world, status.creator),
    isRequired: isRequired(repository, status.context),
  }
}
