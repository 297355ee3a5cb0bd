import { showControls } from '@optio/contract/text'
import type { Cli } from '../cli.ts'
import { note, printJson } from '../print.ts'
import { writeFields } from '../terminal/table.ts'
import { findRepo } from './find.ts'
import { parseSettings } from './settings.ts'
import { showRepo } from './show.ts'

export async function set(cli: Cli, which: string, words: readonly string[]): Promise<void> {
  const body = parseSettings(words)
  const client = await cli.client()
  const { id } = await findRepo(cli, client, which)
  const answer = await client.repos.edit({ params: { id }, body })
  if (cli.json) return await printJson(cli, answer)
  await showRepo(cli, answer.repo)
}

export async function detect(cli: Cli, which: string | undefined): Promise<void> {
  const client = await cli.client()
  const { id } = await findRepo(cli, client, which)
  const answer = await client.repos.detect({ params: { id } })
  if (cli.json) return await printJson(cli, answer)
  const { setupCommands, testCommand, evidence } = answer.detected
  if (evidence.length === 0) return await note(cli, 'Its files suggest nothing that is known here.')
  await writeFields(cli.out, cli.colors, [
    ['setupCommands', setupCommands],
    ['testCommand', testCommand],
    ['evidence', evidence.join('\n')],
  ])
  const words = Object.entries({ setupCommands, testCommand })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ` ${quoted(`${name}=${value}`)}`)
  await note(cli, showControls(`Take it over with: optio repo set ${id}${words.join('')}`, { lines: true }))
}

/** For a person to paste into a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
