import { showControls } from '@optio/contract/text'
import type { ApiClient, QueryOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError, usage } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { findTaskId } from './find.ts'

type Format = QueryOf<ApiClient['logs']['export']>['format']

/** Writes the whole log as the file that the server makes of it, as it comes, so that a long log needs no memory. */
export async function exportLog(cli: Cli, given: string, format: string): Promise<void> {
  if (cli.json && format !== 'json') throw usage(`--json goes with --export json only, not with ${format}.`)
  const client = await cli.client()
  const id = await findTaskId(client, given)
  // Whether there is such a format is the server's to say.
  const file = await client.logs.export({ params: { id }, query: { format: format as Format } })
  for await (const text of textOf(cli, file)) {
    await cli.out.write(cli.out.isTerminal ? showControls(text, { lines: true }) : text)
  }
}

/** Throws when the file breaks off, so that nobody takes a part of it for all. */
async function* textOf(cli: Cli, { body }: Response): AsyncGenerator<string> {
  if (body === null) return
  try {
    yield* body.pipeThrough(new TextDecoderStream())
  } catch {
    if (cli.signal.aborted) throw new CliError(EXIT.INTERRUPTED, 'INTERRUPTED', 'Interrupted.')
    throw new CliError(
      EXIT.UNREACHABLE,
      'CONNECTION_LOST',
      `The connection to ${await cli.url()} broke off: what was written is not the whole log.`,
    )
  }
}
