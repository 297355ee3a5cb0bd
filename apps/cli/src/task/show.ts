import { isDefinition } from '@optio/contract/task-kind'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { showDefinition } from '../definition/show.ts'
import { printJson } from '../print.ts'
import { writeFields } from '../terminal/table.ts'
import { ago, dollars, duration } from '../terminal/words.ts'
import { executed } from './executed.ts'
import { findTaskId } from './find.ts'

type Detail = ReturnType<typeof executed<Awaited<ReturnType<ApiClient['tasks']['get']>>>>

export async function show(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const detail = await client.tasks.get({ params: { id: await findTaskId(client, given) } })
  if (cli.json) return await printJson(cli, detail)
  if (isDefinition(detail.task)) return await showDefinition(cli, detail.task)
  await writeFields(cli.out, cli.colors, fieldsOf(executed(detail), await cli.url()))
}

function fieldsOf({ task, explanation, pendingReason, pipelineProgress, stallInfo }: Detail, url: string) {
  const change = explanation?.wouldChange.map((each) => `- ${each}`).join('\n')
  const silence = stallInfo?.isStalled
    ? `for ${duration(stallInfo.silentForMs)}${stallInfo.lastLogSummary ? `, after: ${stallInfo.lastLogSummary}` : ''}`
    : null
  return [
    ['title', task.title],
    ['id', task.id],
    ['kind', kindOf(task)],
    ['state', task.held ? `${task.state} (held: \`optio task run-now\` starts it)` : task.state],
    ['waits', explanation?.summary ?? pendingReason],
    ['would change it', change],
    ['silent', silence],
    ['error', task.errorMessage],
    ['result', task.output ?? task.resultSummary],
    ['verdict', verdictOf(task)],
    ['steps', pipelineProgress && stepsOf(pipelineProgress)],
    ['parent', task.parentTaskId],
    ['definition', task.blueprintId],
    ['trigger', task.triggerId],
    ['parameters', task.params === null ? null : JSON.stringify(task.params, null, 2)],
    ['repository', task.repoUrl],
    ['branch', task.branch],
    ['agent', [task.agentType, task.model].filter(Boolean).join(', ')],
    ['pull request', pullRequestOf(task)],
    [
      'cost',
      `${dollars(task.costUsd)}${task.budgetUsd === null ? '' : ` of at most ${dollars(task.budgetUsd)}`}`,
    ],
    ['priority', String(task.priority)],
    ['created', `${task.createdAt} (${ago(task.createdAt)} ago) by ${task.createdBy}`],
    ['finished', task.completedAt],
    ['page', `${url}/tasks/${task.id}`],
    ['prompt', task.prompt],
  ] as const
}

/** Null for what most are. */
function kindOf({ type, taskType }: Detail['task']): string | null {
  if (type === 'standalone-run') return 'run of a standalone task'
  return taskType === 'coding' ? null : taskType
}

function stepsOf(progress: NonNullable<Detail['pipelineProgress']>): string {
  const count = `${progress.completedSteps} of ${progress.totalSteps} completed`
  return [count, ...progress.steps.map(({ title, state }, i) => `${i + 1}. ${state}: ${title}`)].join('\n')
}

function verdictOf({ verdict, reviewedSha }: Detail['task']): string | null {
  if (verdict === null) return null
  const comments = verdict.comments.map(
    ({ path, line, body }) => `${path}${line === null ? '' : `:${line}`}: ${body}`,
  )
  return [`${verdict.verdict} of ${reviewedSha}`, verdict.summary, ...comments].join('\n')
}

function pullRequestOf({ prNumber, prState, prChecksStatus, prReviewStatus }: Detail['task']): string | null {
  if (prNumber === null) return null
  return `#${prNumber} ${prState}; checks: ${prChecksStatus}; reviews: ${prReviewStatus}`
}
