import type { Secret } from '@optio/contract'
import type { Cli } from '../cli.ts'
import { withoutGaps } from '../fields.ts'
import { note, printJson } from '../print.ts'
import { writeTable } from '../terminal/table.ts'
import { ago } from '../terminal/words.ts'
import { type ScopeOptions, scopeOf } from './scope.ts'

interface ListOptions extends ScopeOptions {
  readonly limit?: number
  readonly cursor?: string
}

export async function list(cli: Cli, options: ListOptions): Promise<void> {
  const client = await cli.client()
  const scope = (await scopeOf(cli, client, options)) ?? undefined
  const { limit, cursor } = options
  const page = await client.secrets.list({ query: withoutGaps({ scope, limit, cursor }) })
  if (cli.json) return await printJson(cli, page)
  if (page.secrets.length === 0) return await note(cli, 'No secrets. `optio secret set <name>` saves one.')
  const { colors } = cli
  await writeTable<Secret>(cli.out, colors, page.secrets, [
    { title: 'NAME', text: ({ name }) => name, paint: colors.cyan, shrinksTo: 12 },
    { title: 'SCOPE', text: ({ scope: of }) => of, shrinksTo: 8 },
    {
      title: 'WORKS',
      text: stateOf,
      paint: (text, secret) => (isBroken(secret) ? colors.red(text) : text),
    },
    { title: 'USED', text: ({ lastUsedAt }) => ago(lastUsedAt) },
    { title: 'BY', text: ({ usedBy }) => usedBy.join(', '), shrinksTo: 12 },
  ])
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

function stateOf({ readable, validation }: Secret): string {
  if (!readable) return 'unreadable'
  return validation?.valid == null ? '–' : validation.valid ? 'yes' : 'no'
}

function isBroken({ readable, validation }: Secret): boolean {
  return !readable || validation?.valid === false
}
