import type { Message } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { Cli } from '../cli.ts'
import { withoutGaps } from '../fields.ts'
import { readWords } from '../input.ts'
import { note, printJson } from '../print.ts'
import { writeTable } from '../terminal/table.ts'
import { findTaskId } from './find.ts'

export async function send(
  cli: Cli,
  given: string,
  words: readonly string[],
  options: { readonly interrupt?: boolean },
): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const mode = options.interrupt ? 'interrupt' : 'soft'
  const answer = await client.messages.send({
    params: { id },
    body: { content: await readWords(cli, words), mode },
  })
  if (cli.json) return await printJson(cli, answer)
  await note(
    cli,
    mode === 'interrupt'
      ? 'Its agent is interrupted and gets this.'
      : 'Its agent gets this before its next turn. `optio task messages` shows whether it did.',
  )
}

export async function list(
  cli: Cli,
  given: string,
  { limit, cursor }: { readonly limit?: number; readonly cursor?: string },
): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const page = await client.messages.list({ params: { id }, query: withoutGaps({ limit, cursor }) })
  if (cli.json) return await printJson(cli, page)
  if (page.messages.length > 0) {
    await writeTable<Message>(cli.out, cli.colors, page.messages, [
      { title: 'AT', text: ({ createdAt }) => createdAt },
      { title: 'STATE', text: ({ state }) => state },
      { title: 'MODE', text: ({ mode }) => mode },
      { title: 'BY', text: ({ author }) => author, shrinksTo: 6 },
      { title: 'MESSAGE', text: ({ content }) => content, shrinksTo: 20 },
    ])
  }
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
  await note(
    cli,
    page.canSend ? 'Its agent takes messages.' : showControls(page.why ?? 'Nobody takes messages.'),
  )
}
