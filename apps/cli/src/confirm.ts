import { createInterface } from 'node:readline/promises'
import { showControls } from '@optio/contract/text'
import type { Cli } from './cli.ts'
import { usage } from './cli-error.ts'

/** Asks a person; anything but yes is no. Where nobody can answer, the command has to say `--yes`. */
export async function confirm(cli: Cli, question: string): Promise<boolean> {
  if (cli.stdin.isTTY !== true || !cli.err.isTerminal) {
    throw usage('This asks first, and there is no terminal to answer on: add --yes.')
  }
  const dialogue = createInterface({ input: cli.stdin, output: process.stderr })
  try {
    const answer = await dialogue.question(`${showControls(question)} [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    dialogue.close()
  }
}
