import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { EXIT } from '../exit-codes.ts'
import { note } from '../print.ts'
import { findRepo } from './find.ts'

export async function remove(cli: Cli, which: string, options: { readonly yes?: boolean }): Promise<void> {
  const client = await cli.client()
  const repo = await findRepo(cli, client, which)
  const sure = options.yes === true || (await confirm(cli, `Disconnect ${repo.repoUrl}?`))
  if (!sure) throw new CliError(EXIT.REFUSED, 'NOT_CONFIRMED', 'Nothing was changed.')
  await client.repos.disconnect({ params: { id: repo.id } })
  if (!cli.json) await note(cli, 'Disconnected; nothing in it was touched.')
}
