import type { Attempt, TaskEvent } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { Cli } from '../cli.ts'
import { printJson } from '../print.ts'
import { writeTable } from '../terminal/table.ts'
import { dollars, duration } from '../terminal/words.ts'
import { findTaskId } from './find.ts'

export async function attempts(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const answer = await client.tasks.attempts({ params: { id: await findTaskId(client, given) } })
  if (cli.json) return await printJson(cli, answer)
  await writeTable<Attempt>(cli.out, cli.colors, answer.attempts, [
    { title: '#', text: ({ number }) => String(number) },
    { title: 'REASON', text: ({ reason }) => reason },
    { title: 'STATE', text: ({ state }) => state },
    {
      title: 'AGENT',
      text: ({ agentType, model }) => [agentType, model].filter(Boolean).join(' '),
      shrinksTo: 8,
    },
    { title: 'COST', text: ({ costUsd, costEstimated }) => `${costEstimated ? '~' : ''}${dollars(costUsd)}` },
    { title: 'TIME', text: ({ startedAt, endedAt }) => timeOf(startedAt, endedAt) },
    {
      title: 'WHAT WENT WRONG',
      text: ({ failure, errorMessage }) => failure?.message ?? errorMessage ?? '',
      shrinksTo: 16,
    },
  ])
}

function timeOf(startedAt: string | null, endedAt: string | null): string {
  if (startedAt === null) return '–'
  return duration((endedAt === null ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt))
}

export async function events(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const answer = await client.tasks.events({ params: { id } })
  if (cli.json) return await printJson(cli, answer)
  let page = answer
  for (;;) {
    for (const event of page.events) await cli.out.write(lineOf(cli, event))
    if (!page.hasMore || page.nextCursor === null) return
    page = await client.tasks.events({ params: { id }, query: { cursor: page.nextCursor } })
  }
}

function lineOf({ colors }: Cli, event: TaskEvent): string {
  const moved = event.fromState === event.toState ? '' : `${event.toState}: `
  const words = event.message ?? event.trigger ?? ''
  const who = event.userId === null ? '' : colors.dim(` (${showControls(event.userId)})`)
  return `${colors.dim(event.createdAt)}  ${colors.bold(showControls(moved))}${showControls(words)}${who}\n`
}
