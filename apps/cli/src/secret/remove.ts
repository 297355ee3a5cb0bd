import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { EXIT } from '../exit-codes.ts'
import { note } from '../print.ts'
import { type ScopeOptions, scopeOf } from './scope.ts'

export async function remove(
  cli: Cli,
  name: string,
  options: ScopeOptions & { readonly yes?: boolean },
): Promise<void> {
  const client = await cli.client()
  const scope = await scopeOf(cli, client, options)
  const sure = options.yes === true || (await confirm(cli, `Delete the secret ${name}?`))
  if (!sure) throw new CliError(EXIT.REFUSED, 'NOT_CONFIRMED', 'Nothing was changed.')
  await client.secrets.remove({ params: { name }, query: scope === null ? {} : { scope } })
  if (!cli.json) await note(cli, 'Deleted.')
}
