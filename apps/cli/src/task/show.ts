import { executed } from '@optio/contract/task-kind'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { printJson } from '../print.ts'
import { writeFields } from '../terminal/table.ts'
import { ago, dollars, duration } from '../terminal/words.ts'
import { findTaskId } from './find.ts'

type Detail = ReturnType<typeof executed<Awaited<ReturnType<ApiClient['tasks']['get']>>>>

export async function show(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const detail = executed(await client.tasks.get({ params: { id: await findTaskId(client, given) } }))
  if (cli.json) return await printJson(cli, detail)
  await writeFields(cli.out, cli.colors, fieldsOf(detail, await cli.url()))
}

function fieldsOf({ task, explanation, pendingReason, stallInfo }: Detail, url: string) {
  const change = explanation?.wouldChange.map((each) => `- ${each}`).join('\n')
  const silence = stallInfo?.isStalled
    ? `for ${duration(stallInfo.silentForMs)}${stallInfo.lastLogSummary ? `, after: ${stallInfo.lastLogSummary}` : ''}`
    : null
  return [
    ['title', task.title],
    ['id', task.id],
    ['state', task.state],
    ['waits', explanation?.summary ?? pendingReason],
    ['would change it', change],
    ['silent', silence],
    ['error', task.errorMessage],
    ['result', task.resultSummary],
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

function pullRequestOf({ prNumber, prState, prChecksStatus, prReviewStatus }: Detail['task']): string | null {
  if (prNumber === null) return null
  return `#${prNumber} ${prState}; checks: ${prChecksStatus}; reviews: ${prReviewStatus}`
}
