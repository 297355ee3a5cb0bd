import type { Task } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { withoutGaps } from '../fields.ts'
import { readPrompt } from '../input.ts'
import { note, printJson } from '../print.ts'
import { writeFields, writeTable } from '../terminal/table.ts'
import { ago, dollars, paintState, shortId } from '../terminal/words.ts'
import { findTaskId } from './find.ts'

interface AddOptions {
  readonly kind?: string
  readonly title?: string
  readonly agent?: string
  readonly model?: string
  readonly priority?: number
  readonly blocks?: boolean
  readonly hold?: boolean
}

type Body = BodyOf<ApiClient['subtasks']['create']>

export async function add(
  cli: Cli,
  given: string,
  words: readonly string[],
  options: AddOptions,
): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const prompt = await readPrompt(cli, words)
  const fields = withoutGaps({
    taskType: options.kind,
    title: options.title,
    agentType: options.agent,
    model: options.model,
    priority: options.priority,
    blocksParent: options.blocks,
    autoQueue: options.hold ? false : undefined,
  })
  const answer = await client.subtasks.create({ params: { id }, body: { ...fields, prompt } as Body })
  if (cli.json) return await printJson(cli, answer)
  const { subtask } = answer
  await cli.out.write(`${subtask.id}\n`)
  const start = subtask.held ? ' `optio task run-now` starts it.' : ''
  await note(cli, showControls(`“${subtask.title}” (${subtask.taskType}) is ${subtask.state}.${start}`))
}

export async function list(
  cli: Cli,
  given: string,
  { limit, cursor }: { readonly limit?: number; readonly cursor?: string },
): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const page = await client.subtasks.list({ params: { id }, query: withoutGaps({ limit, cursor }) })
  if (cli.json) return await printJson(cli, page)
  if (page.subtasks.length === 0) return await note(cli, 'No subtasks.')
  const { colors } = cli
  await writeTable<Task>(cli.out, colors, page.subtasks, [
    { title: 'ID', text: ({ id }) => shortId(id), paint: colors.cyan },
    { title: '#', text: ({ subtaskOrder }) => subtaskOrder?.toString() ?? '' },
    { title: 'KIND', text: ({ taskType }) => taskType },
    {
      title: 'STATE',
      text: ({ state, held }) => (held ? `${state} (held)` : state),
      paint: (text, { state }) => paintState(colors, state)(text),
    },
    { title: 'BLOCKS', text: ({ blocksParent }) => (blocksParent ? 'yes' : 'no') },
    { title: 'VERDICT', text: ({ verdict }) => verdict?.verdict ?? '' },
    { title: 'TITLE', text: ({ title }) => title, shrinksTo: 12 },
    { title: 'COST', text: ({ costUsd }) => dollars(costUsd) },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt) },
  ])
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

export async function status(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const answer = await client.subtasks.status({ params: { id: await findTaskId(client, given) } })
  if (cli.json) return await printJson(cli, answer)
  await writeFields(cli.out, cli.colors, [
    ['all complete', answer.allComplete ? 'yes' : 'no'],
    ['total', String(answer.total)],
    ['pending', String(answer.pending)],
    ['running', String(answer.running)],
    ['completed', String(answer.completed)],
    ['failed', String(answer.failed)],
  ])
}
