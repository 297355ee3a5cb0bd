import { showControls } from '@optio/contract/text'
import type { Cli } from '../cli.ts'
import { note, printJson } from '../print.ts'
import { readValue } from './read-value.ts'
import { type ScopeOptions, scopeOf } from './scope.ts'

export async function set(
  cli: Cli,
  name: string,
  options: ScopeOptions & { readonly file?: string },
): Promise<void> {
  const client = await cli.client()
  const scope = await scopeOf(cli, client, options)
  const value = await readValue(cli, name, options.file)
  const saved = await client.secrets.save({ body: { name, value, ...(scope === null ? {} : { scope }) } })
  if (cli.json) return await printJson(cli, saved)
  const { validation } = saved
  await note(cli, showControls(`Saved ${saved.name} (${saved.scope}).`))
  if (validation !== undefined) await note(cli, showControls(validation.detail))
}
