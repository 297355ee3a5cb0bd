import type { Run, Task } from '@optio/contract'
import type { ApiClient } from '../api.ts'
import { CliError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { executed } from '../task/executed.ts'
import { findTaskId } from '../task/find.ts'

/** A run by part of its id, as its definition has it. Throws for a task that was made from no definition. */
export async function getRun(client: ApiClient, given: string): Promise<{ run: Run | Task }> {
  const { task } = executed(await client.tasks.get({ params: { id: await findTaskId(client, given) } }))
  if (task.blueprintId === null) {
    throw new CliError(
      EXIT.NOT_FOUND,
      'RUN_NOT_FOUND',
      `${task.id} was made from no definition. \`optio task show\` shows it; \`optio run list\` shows the runs of a definition.`,
    )
  }
  return await client.runs.get({ params: { id: task.blueprintId, runId: task.id } })
}

/** What it came to, in the words of its agent; null while there are none. */
export function outputOf(run: Run | Task): string | null {
  return 'resultSummary' in run ? (run.output ?? run.resultSummary) : run.output
}
