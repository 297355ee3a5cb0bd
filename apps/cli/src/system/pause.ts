import type { Cli } from '../cli.ts'
import { note, printJson } from '../print.ts'

export async function pause(cli: Cli, words: readonly string[]): Promise<void> {
  const client = await cli.client()
  const reason = words.join(' ')
  const answer = await client.system.pause(reason === '' ? {} : { body: { reason } })
  if (cli.json) return await printJson(cli, answer)
  await note(
    cli,
    `Paused: no new agent is started. ${answer.system.running} at work go on. \`optio unpause\` ends it.`,
  )
}

export async function unpause(cli: Cli): Promise<void> {
  const client = await cli.client()
  const answer = await client.system.unpause()
  if (cli.json) return await printJson(cli, answer)
  await note(cli, 'Agents are started again.')
}
