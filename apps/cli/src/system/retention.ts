import type { Retention } from '@optio/contract'
import type { Cli } from '../cli.ts'
import { usage } from '../cli-error.ts'
import { printJson } from '../print.ts'
import { writeFields } from '../terminal/table.ts'

const SETTINGS: readonly (keyof Retention)[] = ['logsDays', 'eventsDays', 'deliveriesDays']

export async function show(cli: Cli): Promise<void> {
  const client = await cli.client()
  await write(cli, await client.system.retention())
}

export async function set(cli: Cli, words: readonly string[]): Promise<void> {
  const body = Object.fromEntries(words.map(parse))
  const client = await cli.client()
  await write(cli, await client.system.editRetention({ body }))
}

function parse(word: string): [setting: string, days: number | null] {
  const [key = '', text] = word.split('=', 2)
  if (text === undefined) throw usage(`“${word}” is no setting: write it as key=value.`)
  if (!SETTINGS.some((each) => each === key)) {
    throw usage(`There is no setting “${key}”. There are: ${SETTINGS.join(', ')}.`)
  }
  if (text === '') return [key, null]
  if (!/^\d{1,9}$/.test(text)) throw usage(`${key} is a whole number of days, not “${text}”.`)
  return [key, Number(text)]
}

async function write(cli: Cli, answer: { readonly retention: Retention }): Promise<void> {
  if (cli.json) return await printJson(cli, answer)
  const fields = SETTINGS.map((key) => [key, answer.retention[key]?.toString() ?? 'for ever'] as const)
  await writeFields(cli.out, cli.colors, fields)
}
