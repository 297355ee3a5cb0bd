import { OPTIO_LABEL } from '@optio/contract'
import {
  assignedComment,
  type CourtesyRequest,
  failedComment,
  resolvedComment,
  threadAnswer,
} from '@optio/core'
import type { EngineContext } from '../context.ts'
import { repositoryRef } from '../observe.ts'
import type { RepositoryRow, RunRow } from '../read-run.ts'
import { taskUrl } from '../task-url.ts'
import type { EffectResult } from './effect.ts'

const NOTHING: EffectResult = { change: {}, event: null, refusal: null }

/**
 * Tells others of a run, or tidies up after it. What a forge has no place for (issues, threads) is left out there. The effect's key
 * goes along as a mark, by which the forge finds again what an earlier try did.
 */
export async function performCourtesy(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  request: CourtesyRequest,
): Promise<EffectResult> {
  switch (request.kind) {
    case 'delete_branch':
      return await deleteBranch(context, repository, request)
    case 'answer_threads':
      return await answerThreads(context, repository, run, request)
    default:
      return await tellIssue(context, repository, run, request)
  }
}

async function deleteBranch(
  context: EngineContext,
  repository: RepositoryRow,
  { branch, headSha }: Extract<CourtesyRequest, { kind: 'delete_branch' }>,
): Promise<EffectResult> {
  const forge = context.forge(repository.gitPlatform)
  const came = await forge.deleteBranch?.(repositoryRef(context, repository), { name: branch, sha: headSha })
  switch (came) {
    case 'deleted':
      return told('task:branch_deleted', `Deleted the branch ${branch}.`)
    case 'moved':
      return told('task:branch_kept', `Kept the branch ${branch}: it has commits that were not merged.`)
    default:
      return NOTHING
  }
}

async function answerThreads(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  { key, headSha, threadIds }: Extract<CourtesyRequest, { kind: 'answer_threads' }>,
): Promise<EffectResult> {
  const forge = context.forge(repository.gitPlatform)
  if (forge.answerThread === undefined || run.prNumber === null) return NOTHING
  const ref = repositoryRef(context, repository)
  const body = threadAnswer({ headSha })
  for (const threadId of threadIds) {
    await forge.answerThread(ref, run.prNumber, { threadId, body, key: `${key}:${threadId}` })
  }
  return told('task:threads_answered', `Answered ${threadIds.length} thread(s) with ${headSha.slice(0, 10)}.`)
}

async function tellIssue(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  request: Exclude<CourtesyRequest, { kind: 'delete_branch' | 'answer_threads' }>,
): Promise<EffectResult> {
  const { issues } = context.forge(repository.gitPlatform)
  if (issues === undefined) return NOTHING
  const ref = repositoryRef(context, repository)
  const { issueNumber, key } = request
  switch (request.kind) {
    case 'comment_issue': {
      const body = commentFor(context, run, request.about)
      await issues.comment(ref, issueNumber, { body: context.agentAccess.redact(body), key })
      return told('task:issue_commented', `Commented on issue #${issueNumber}.`)
    }
    case 'label_issue':
      await issues.label(ref, issueNumber, { ...OPTIO_LABEL, description: 'Optio works on it.' })
      return told('task:issue_labelled', `Labelled issue #${issueNumber}.`)
    case 'close_issue': {
      const body = resolvedComment({ prNumber: request.prNumber, prUrl: run.prUrl })
      await issues.comment(ref, issueNumber, { body, key })
      await issues.close(ref, issueNumber)
      return told('task:issue_closed', `Closed issue #${issueNumber}.`)
    }
  }
}

function commentFor(context: EngineContext, run: RunRow, about: 'assigned' | 'failed'): string {
  const url = taskUrl(context, run.id)
  return about === 'assigned'
    ? assignedComment({ taskUrl: url })
    : failedComment({ taskUrl: url, error: run.errorMessage })
}

function told(type: string, message: string): EffectResult {
  return { change: {}, event: { type, message }, refusal: null }
}
