import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { EXIT } from '../exit-codes.ts'
import { note, printJson } from '../print.ts'
import { findTaskId } from './find.ts'

/* Those that do one thing to many tasks. */

export async function retryFailed(cli: Cli): Promise<void> {
  const client = await cli.client()
  const answer = await client.tasks.retryFailed()
  if (cli.json) return await printJson(cli, answer)
  await note(cli, `Queued again: ${answer.retried}.`)
}

export async function cancelActive(cli: Cli, options: { readonly yes?: boolean }): Promise<void> {
  const sure = options.yes === true || (await confirm(cli, 'Cancel every task that waits or runs?'))
  if (!sure) throw new CliError(EXIT.REFUSED, 'NOT_CONFIRMED', 'Nothing was cancelled.')
  const client = await cli.client()
  const answer = await client.tasks.cancelActive()
  if (cli.json) return await printJson(cli, answer)
  await note(cli, `Cancelled: ${answer.cancelled}.`)
}

export async function reorder(cli: Cli, given: readonly string[]): Promise<void> {
  const client = await cli.client()
  const taskIds: string[] = []
  for (const each of given) taskIds.push(await findTaskId(client, each))
  const answer = await client.tasks.reorder({ body: { taskIds } })
  if (cli.json) return await printJson(cli, answer)
  await note(cli, `Put in this order: ${answer.reordered}.`)
}
