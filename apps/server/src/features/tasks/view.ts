import type { Attempt, Run, StallInfo, Task, TaskDetail, TaskEvent } from '@optio/contract'
import {
  checksStatus,
  DEFAULT_STALL_THRESHOLD_MS,
  isFinished,
  type PullRequestObservation,
  reviewStatus,
  standingChangeRequests,
} from '@optio/core'
import type { runs } from '../../database/schema/index.ts'
import { formatAmount } from '../repos/view.ts'
import type { AttemptRow, TaskRow, TransitionRow } from './queries.ts'

/** `repoBranch` is the branch the task works towards: its own, or the default one of its repository. */
export function toTask(row: TaskRow, about: { repoBranch: string | null; isSummary: boolean }): Task {
  const { observation, usage } = row
  return {
    id: row.id,
    type: row.kind === 'standalone' ? 'standalone-run' : 'repo-task',
    title: row.title,
    prompt: row.prompt,
    description: row.description,
    repoUrl: row.repoUrl,
    repoBranch: about.repoBranch,
    state: row.state,
    agentType: row.agentType,
    model: row.model,
    priority: row.priority,
    maxRetries: row.maxRetries,
    retryCount: row.retryCount,
    sessionId: usage.sessionId,
    prUrl: row.prUrl,
    prNumber: row.prNumber,
    prState: prStateOf(row),
    prChecksStatus: observation === null ? 'none' : checksStatus(observation),
    prReviewStatus: observation === null ? 'none' : reviewStatus(observation),
    ...(about.isSummary ? {} : { prReviewComments: reviewComments(observation) }),
    prObservedAt:
      prStateOf(row) === null || observation === null ? null : new Date(observation.observedAt).toISOString(),
    branch: row.branch,
    baseSha: row.baseSha,
    headSha: row.headSha,
    resultSummary: row.resultSummary,
    costUsd: formatAmount(usage.costUsd),
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    modelUsed: usage.modelUsed,
    errorMessage: row.errorMessage,
    errorCategory: row.errorCategory,
    attentionCode: row.attentionCode,
    waitingOn: row.waitingOn,
    ticketSource: row.ticketSource,
    ticketExternalId: row.ticketExternalId,
    ticketUrl: row.ticketUrl,
    metadata: row.metadata,
    parentTaskId: row.parentRunId,
    taskType: row.taskType,
    subtaskOrder: row.subtaskOrder,
    blocksParent: row.blocksParent,
    held: row.held,
    blueprintId: row.blueprintId,
    triggerId: row.triggerId,
    params: row.params,
    output: row.kind === 'standalone' ? row.resultSummary : null,
    verdict:
      row.verdict === null
        ? null
        : { ...row.verdict, comments: row.verdict.comments.map((comment) => ({ ...comment })) },
    reviewedSha: row.reviewHeadSha,
    maxTurns: row.maxTurns,
    agentSecrets: row.agentSecrets,
    workspaceId: row.workspaceId,
    createdBy: row.createdBy,
    budgetUsd: formatAmount(row.budgetUsd),
    lastActivityAt: usage.lastActivityAt,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
    startedAt: isoTime(row.startedAt),
    completedAt: isoTime(row.completedAt),
  }
}

/** A task that is a run of a standalone definition, as `/runs` shows it. */
export function toRun(task: Task): Run {
  const definition = task.blueprintId ?? ''
  return {
    id: task.id,
    taskId: definition,
    workflowId: definition,
    title: task.title,
    state: task.state,
    params: task.params,
    output: task.output,
    triggerId: task.triggerId,
    errorMessage: task.errorMessage,
    costUsd: task.costUsd,
    inputTokens: task.inputTokens,
    outputTokens: task.outputTokens,
    modelUsed: task.modelUsed,
    retryCount: task.retryCount,
    createdAt: task.createdAt,
    startedAt: task.startedAt,
    finishedAt: task.completedAt,
  }
}

function prStateOf({ kind, observation, prNumber }: TaskRow): Task['prState'] {
  // A review is of a pull request that its parent looks at; what it was when the review was made says nothing of what it is.
  if (prNumber === null || kind === 'review') return null
  // Opened just now and not looked at yet.
  return observation?.state ?? 'open'
}

function reviewComments(observation: PullRequestObservation | null): string | null {
  if (observation === null) return null
  const words = standingChangeRequests(observation).flatMap(({ author, body, comments }) => [
    ...(body.trim() === '' ? [] : [`${author}: ${body}`]),
    ...comments.map((comment) => `${author}${placeOf(comment)}: ${comment.body}`),
  ])
  return words.length === 0 ? null : words.join('\n\n')
}

function placeOf({ path, line }: { path: string | null; line: number | null }): string {
  if (path === null) return ''
  return line === null ? ` on ${path}` : ` on ${path}:${line}`
}

/** Why it waits and what would change that, in one text and in parts. Null while an agent works and once it is finished. */
export function whyItWaits(
  { state, waitingOn }: Pick<TaskRow, 'state' | 'waitingOn'>,
  why: { readonly summary: string; readonly wouldChange: readonly string[] } | null,
): Pick<TaskDetail, 'pendingReason' | 'explanation'> {
  // When the agent is done, the task may still have to wait for the forge.
  const works = state === 'running' && (waitingOn === 'agent' || waitingOn === null)
  if (isFinished(state) || works || why === null) {
    return { pendingReason: null, explanation: null }
  }
  const { summary, wouldChange } = why
  return {
    pendingReason:
      wouldChange.length === 0 ? summary : `${summary} What would change it: ${wouldChange.join(' ')}`,
    explanation: { summary, wouldChange: [...wouldChange] },
  }
}

/** After how long a silent agent of a run counts as stalled, in milliseconds: its repository says, or its own specification. */
export function stallThresholdOf(
  { environmentSpec }: Pick<typeof runs.$inferSelect, 'environmentSpec'>,
  ofRepository: number | null,
): number {
  return ofRepository ?? environmentSpec?.stallThresholdMs ?? DEFAULT_STALL_THRESHOLD_MS
}

/** Of an agent that runs; `since` is when it was last heard of. */
export function stallInfo(
  since: Date,
  about: { thresholdMs: number; lastLogSummary: string | null; now: number },
): StallInfo {
  const silentForMs = Math.max(0, about.now - since.getTime())
  return {
    isStalled: silentForMs >= about.thresholdMs,
    silentForMs,
    thresholdMs: about.thresholdMs,
    lastLogSummary: about.lastLogSummary,
  }
}

export function toAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    number: row.number,
    reason: row.reason,
    agentType: row.agentType,
    model: row.modelUsed ?? row.model,
    state: row.state,
    sessionId: row.sessionId,
    exitCode: row.exitCode,
    costUsd: formatAmount(row.costUsd),
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    errorMessage: row.errorMessage,
    failure: row.failure && {
      kind: row.failure.kind,
      message: row.failure.message,
      retryAt: row.failure.retryAt === null ? null : new Date(row.failure.retryAt).toISOString(),
    },
    costEstimated: row.costEstimated,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
  }
}

export function toTaskEvent(row: TransitionRow, taskId: string): TaskEvent {
  return {
    id: String(row.id),
    taskId,
    fromState: row.fromState,
    toState: row.toState ?? '',
    trigger: row.trigger,
    message: row.message,
    userId: row.actor === 'optio' ? null : row.actor,
    createdAt: row.createdAt,
  }
}

function isoTime<T extends Date | string | null>(moment: T): T extends null ? null : string
function isoTime(moment: Date | string | null): string | null {
  return moment instanceof Date ? moment.toISOString() : moment
}
