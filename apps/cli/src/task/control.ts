import type { Task } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { EXIT } from '../exit-codes.ts'
import { note, printJson } from '../print.ts'
import { executed } from './executed.ts'
import { findTaskId } from './find.ts'

/** Does one thing to one task and says what it is then. */
async function act(
  cli: Cli,
  given: string,
  call: (client: ApiClient, id: string) => Promise<{ task: Task }>,
): Promise<void> {
  const client = await cli.client()
  const answer = await call(client, await findTaskId(client, given))
  if (cli.json) return await printJson(cli, answer)
  await note(cli, showControls(`${answer.task.title}: ${answer.task.state}`))
}

const bodyOf = (words: readonly string[]) => (words.length === 0 ? {} : { body: { prompt: words.join(' ') } })

export async function cancel(cli: Cli, given: string): Promise<void> {
  await act(cli, given, (client, id) => client.tasks.cancel({ params: { id } }))
}

export async function retry(cli: Cli, given: string): Promise<void> {
  await act(cli, given, (client, id) => client.tasks.retry({ params: { id } }))
}

export async function resume(cli: Cli, given: string, words: readonly string[]): Promise<void> {
  await act(cli, given, (client, id) => client.tasks.resume({ params: { id }, ...bodyOf(words) }))
}

export async function restart(cli: Cli, given: string, words: readonly string[]): Promise<void> {
  await act(cli, given, (client, id) => client.tasks.forceRestart({ params: { id }, ...bodyOf(words) }))
}

export async function redo(cli: Cli, given: string): Promise<void> {
  await act(cli, given, (client, id) => client.tasks.forceRedo({ params: { id } }))
}

export async function runNow(cli: Cli, given: string): Promise<void> {
  await act(cli, given, (client, id) => client.tasks.runNow({ params: { id } }))
}

type MergeBody = BodyOf<ApiClient['pullRequests']['merge']>

export async function merge(
  cli: Cli,
  given: string,
  options: { readonly force?: boolean; readonly method?: string },
): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const body = {
    ...(options.force ? { force: true } : {}),
    ...(options.method === undefined ? {} : { method: options.method as NonNullable<MergeBody['method']> }),
  }
  const answer = await client.pullRequests.merge({ params: { id }, body })
  if (cli.json) return await printJson(cli, answer)
  await note(cli, `Pull request #${answer.pullRequest.number} is merged as ${answer.pullRequest.mergedSha}.`)
}

export async function close(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const answer = await client.pullRequests.close({ params: { id } })
  if (cli.json) return await printJson(cli, answer)
  await note(cli, `Pull request #${answer.pullRequest.number} is closed.`)
}

export async function remove(cli: Cli, given: string, options: { readonly yes?: boolean }): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  if (options.yes !== true) {
    const { task } = executed(await client.tasks.get({ params: { id } }))
    const sure = await confirm(
      cli,
      `Delete “${task.title}” (${task.state}) with its log and its environment?`,
    )
    if (!sure) throw new CliError(EXIT.REFUSED, 'NOT_CONFIRMED', 'Nothing was deleted.')
  }
  await client.tasks.remove({ params: { id } })
  if (!cli.json) await note(cli, 'Deleted.')
}
