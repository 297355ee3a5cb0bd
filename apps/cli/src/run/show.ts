import type { Run, Task } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { findDefinitionId } from '../definition/find.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { note, printJson } from '../print.ts'
import { findTaskId } from '../task/find.ts'
import { logs } from '../task/logs.ts'
import { awaitOutcome } from '../task/wait.ts'
import { writeFields, writeTable } from '../terminal/table.ts'
import { ago, dollars, paintState, shortId } from '../terminal/words.ts'
import { getRun, outputOf } from './find.ts'

export async function list(
  cli: Cli,
  given: string,
  options: { readonly limit?: number; readonly cursor?: string },
): Promise<void> {
  const client = await cli.client()
  const id = await findDefinitionId(client, given)
  const { limit, cursor } = options
  const query = { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) }
  const page = await client.runs.list({ params: { id }, query })
  if (cli.json) return await printJson(cli, page)
  if (page.runs.length === 0) return await note(cli, 'No runs. `optio run start` makes one.')
  const { colors } = cli
  await writeTable<Run | Task>(cli.out, colors, page.runs, [
    { title: 'ID', text: ({ id }) => shortId(id), paint: colors.cyan },
    {
      title: 'STATE',
      text: ({ state }) => state,
      paint: (text, { state }) => paintState(colors, state)(text),
    },
    { title: 'TITLE', text: ({ title }) => title, shrinksTo: 12 },
    {
      title: 'PARAMETERS',
      text: ({ params }) => (params === null ? '' : JSON.stringify(params)),
      shrinksTo: 10,
    },
    { title: 'TRIGGER', text: ({ triggerId }) => (triggerId === null ? '' : shortId(triggerId)) },
    { title: 'COST', text: ({ costUsd }) => dollars(costUsd) },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt) },
  ])
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

export async function show(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const answer = await getRun(client, given)
  if (cli.json) return await printJson(cli, answer)
  const { run } = answer
  await writeFields(cli.out, cli.colors, [
    ['title', run.title],
    ['id', run.id],
    ['state', run.state],
    ['definition', 'taskId' in run ? run.taskId : run.blueprintId],
    ['trigger', run.triggerId],
    ['parameters', run.params === null ? null : JSON.stringify(run.params, null, 2)],
    ['error', run.errorMessage],
    ['model', run.modelUsed],
    ['cost', dollars(run.costUsd)],
    ['retries', run.retryCount === 0 ? null : String(run.retryCount)],
    ['created', `${run.createdAt} (${ago(run.createdAt)} ago)`],
    ['finished', 'finishedAt' in run ? run.finishedAt : run.completedAt],
    ['page', `${await cli.url()}/tasks/${run.id}`],
    ['output', outputOf(run)],
  ])
}

export async function output(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const answer = await getRun(client, given)
  if (cli.json) return await printJson(cli, answer)
  const text = outputOf(answer.run)
  if (text === null) {
    throw new CliError(
      EXIT.NOT_FOUND,
      'NO_OUTPUT',
      `It has no output: it is ${answer.run.state}. \`optio task logs ${answer.run.id}\` has what it said so far.`,
    )
  }
  await cli.out.write(`${showControls(text, { lines: true })}\n`)
}

export async function wait(
  cli: Cli,
  given: string,
  options: { readonly timeout?: number },
): Promise<ExitCode> {
  const client = await cli.client()
  return await awaitOutcome(cli, client, await findTaskId(client, given), options.timeout)
}

export async function follow(cli: Cli, given: string): Promise<ExitCode> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  if (!cli.json) await logs(cli, id, { follow: true })
  return await awaitOutcome(cli, client, id)
}
