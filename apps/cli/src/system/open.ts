import { openInBrowser } from '@optio/server/place'
import type { Cli } from '../cli.ts'
import { printJson } from '../print.ts'

export async function open(cli: Cli): Promise<void> {
  const client = await cli.client()
  // An address where nothing answers is no help.
  await client.health.live()
  await showAddress(cli, await cli.url())
}

/** Prints the address, and opens it where there is a desktop. */
export async function showAddress(cli: Cli, url: string): Promise<void> {
  if (cli.json) return await printJson(cli, { url })
  await cli.out.write(`${url}\n`)
  if (cli.out.isTerminal) await openInBrowser(url, cli.env)
}
