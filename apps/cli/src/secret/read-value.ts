import type { Cli } from '../cli.ts'
import { CliError, usage } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { readStdin, readText } from '../input.ts'

/**
 * The value of a secret: of a file, of a pipe, or typed by a person without being shown. Never an argument, which every process of the
 * machine and the history of the shell would have. The line end after it belongs to the file or to the typing.
 */
export async function readValue(cli: Cli, name: string, file: string | undefined): Promise<string> {
  const isTyped = file === undefined && cli.stdin.isTTY === true
  const text = isTyped
    ? await typed(cli, name)
    : await (file === undefined ? readStdin(cli) : readText(cli, file))
  const value = text.replace(/\r?\n$/, '')
  if (value.trim() === '') throw usage('There is no value: nothing was saved.')
  return value
}

const ENTER = new Set(['\r', '\n', '\u0004'])
const INTERRUPT = '\u0003'
const ERASE = new Set(['\u007f', '\b'])

async function typed(cli: Cli, name: string): Promise<string> {
  const { stdin } = cli
  await cli.err.write(`Value of ${name} (it is not shown): `)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  try {
    let value = ''
    for await (const chunk of stdin) {
      for (const character of String(chunk)) {
        if (character === INTERRUPT)
          throw new CliError(EXIT.INTERRUPTED, 'INTERRUPTED', 'Interrupted; nothing was saved.')
        if (ENTER.has(character)) return value
        value = ERASE.has(character) ? [...value].slice(0, -1).join('') : value + character
      }
    }
    return value
  } finally {
    stdin.setRawMode(false)
    await cli.err.write('\n')
  }
}
