import { showControls } from '@optio/contract/text'
import type { Cli } from '../cli.ts'
import { note, printJson } from '../print.ts'

export async function status(cli: Cli): Promise<void> {
  const client = await cli.client()
  const answer = await client.setup.status()
  if (cli.json) return await printJson(cli, answer)
  const { colors } = cli
  for (const { done, label } of Object.values(answer.steps)) {
    await cli.out.write(`${done ? colors.green('✓') : '–'} ${showControls(label)}\n`)
  }
}

export async function complete(cli: Cli): Promise<void> {
  const client = await cli.client()
  const answer = await client.setup.complete()
  if (cli.json) return await printJson(cli, answer)
  await note(cli, 'The first steps are done.')
}
