import type { RepoWebhook } from '@optio/contract'
import type { Cli } from '../cli.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { writeFields } from '../terminal/table.ts'
import { ago } from '../terminal/words.ts'

interface InstallOptions {
  readonly publicUrl?: string
}

export async function install(cli: Cli, which: string, { publicUrl }: InstallOptions): Promise<void> {
  const client = await cli.client()
  const { id, fullName } = await findRepo(cli, client, which)
  const answer = await client.github.installWebhook({
    params: { id },
    body: publicUrl === undefined ? {} : { url: publicUrl },
  })
  if (cli.json) return await printJson(cli, answer)
  await write(cli, answer.webhook)
  await note(cli, `The webhook of ${fullName} is registered, and GitHub’s ping arrived.`)
}

export async function status(cli: Cli, which: string): Promise<void> {
  const client = await cli.client()
  const { id } = await findRepo(cli, client, which)
  const answer = await client.github.webhook({ params: { id } })
  if (cli.json) return await printJson(cli, answer)
  await write(cli, answer.webhook)
}

async function write(cli: Cli, { hookId, url, lastDeliveryAt }: RepoWebhook): Promise<void> {
  await writeFields(cli.out, cli.colors, [
    ['Registered', hookId === null ? 'not by Optio' : `yes, as ${hookId}`],
    ['Address', url],
    ['Last delivery', lastDeliveryAt === null ? 'never' : ago(lastDeliveryAt)],
  ])
}
