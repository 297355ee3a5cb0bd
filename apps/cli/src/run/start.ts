import { showControls } from '@optio/contract/text'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { getDefinition } from '../definition/find.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { readParams } from '../params.ts'
import { note, printJson } from '../print.ts'
import { logs } from '../task/logs.ts'
import { awaitOutcome } from '../task/wait.ts'

interface ParamOptions {
  readonly params?: string
}

interface StartOptions extends ParamOptions {
  readonly wait?: boolean
  readonly follow?: boolean
}

export async function start(
  cli: Cli,
  given: string,
  words: readonly string[],
  options: StartOptions,
): Promise<ExitCode> {
  const client = await cli.client()
  const { id, name, body } = await prepare(cli, client, given, words, options)
  const answer = await client.runs.start({ params: { id }, body })
  const { runId } = answer
  const stays = options.wait || options.follow
  // One document: with --wait it is the one of the end.
  if (cli.json && !stays) await printJson(cli, answer)
  if (!cli.json) {
    await cli.out.write(`${runId}\n`)
    await note(cli, showControls(`A run of “${name}” is queued: ${await cli.url()}/tasks/${runId}`))
  }
  if (!stays) return EXIT.OK
  if (options.follow && !cli.json) await logs(cli, runId, { follow: true })
  return await awaitOutcome(cli, client, runId)
}

export async function preview(
  cli: Cli,
  given: string,
  words: readonly string[],
  options: ParamOptions,
): Promise<void> {
  const client = await cli.client()
  const { id, body } = await prepare(cli, client, given, words, options)
  const answer = await client.runs.preview({ params: { id }, body })
  if (cli.json) return await printJson(cli, answer)
  await note(cli, showControls(answer.title))
  await cli.out.write(`${showControls(answer.prompt, { lines: true })}\n`)
}

async function prepare(
  cli: Cli,
  client: ApiClient,
  given: string,
  words: readonly string[],
  { params: file }: ParamOptions,
) {
  const { id, name, paramsSchema } = await getDefinition(client, given)
  const params = await readParams(cli, words, file, paramsSchema)
  return { id, name, body: params === undefined ? {} : { params } }
}
