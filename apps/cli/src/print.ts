import type { Cli } from './cli.ts'

/** Writes one JSON document: exactly what the API answered. */
export async function printJson(cli: Cli, document: unknown): Promise<void> {
  await cli.out.write(`${JSON.stringify(document, null, 2)}\n`)
}

/** A line on stderr: what was done, where stdout is for what was asked for. */
export async function note(cli: Cli, line: string): Promise<void> {
  await cli.err.write(`${line}\n`)
}
