import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Cli } from './cli.ts'
import { CliError, usage } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'

const alreadyRead = new WeakSet<Cli>()

/** All of standard input, once. Throws where a command names it for two things. */
export async function readStdin(cli: Cli): Promise<string> {
  if (alreadyRead.has(cli)) throw usage('Standard input can be one thing only: name a file for the other.')
  alreadyRead.add(cli)
  const chunks: Buffer[] = []
  for await (const chunk of cli.stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}

/** The text of a file, or of standard input where it is `-`. */
export async function readText(cli: Cli, file: string): Promise<string> {
  if (file === '-') return await readStdin(cli)
  try {
    return await readFile(resolve(cli.cwd, file), 'utf8')
  } catch (error) {
    throw usage(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`)
  }
}

/** A JSON object as it was given, or that of a file, or that on standard input where it is `-`. */
export async function readJsonObject(cli: Cli, given: string): Promise<Record<string, unknown>> {
  if (/^\s*[{[]/.test(given)) return parseJsonObject(given, 'What is given')
  return parseJsonObject(await readText(cli, given), given === '-' ? 'Standard input' : given)
}

/** The JSON object that the text is; `what` names the text. */
function parseJsonObject(text: string, what: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw usage(`${what} is no JSON: ${(error as Error).message}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw usage(`${what} must be a JSON object.`)
}

/** What is said in a comment or a message: the words, or standard input for `-` or a pipe. */
export async function readWords(cli: Cli, words: readonly string[]): Promise<string> {
  const fromStdin = words.length === 0 ? cli.stdin.isTTY !== true : words.length === 1 && words[0] === '-'
  const text = fromStdin ? await readStdin(cli) : words.join(' ')
  if (text.trim() === '')
    throw usage('There is nothing said: give the words, or `-` to read them from standard input.')
  return text
}

/**
 * The prompt: the words given, `-` or a pipe for standard input, else what a person writes in the editor (VISUAL, EDITOR, or vi).
 */
export async function readPrompt(cli: Cli, words: readonly string[]): Promise<string> {
  const text = await given(cli, words)
  if (text.trim() === '') throw usage('The prompt is empty: say what is to be done.')
  return text
}

async function given(cli: Cli, words: readonly string[]): Promise<string> {
  if (words.length === 1 && words[0] === '-') return await readStdin(cli)
  if (words.length > 0) return words.join(' ')
  if (cli.stdin.isTTY !== true) return await readStdin(cli)
  return await edit(cli)
}

const HINT = '# Say above what is to be done. This line is left out; an empty prompt creates nothing.'

async function edit(cli: Cli): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'optio-prompt-'))
  const file = join(directory, 'prompt.md')
  try {
    await writeFile(file, `\n${HINT}\n`, { mode: 0o600 })
    // As with other programs, the variable may hold arguments; it is split, never given to a shell.
    const [program = 'vi', ...args] = (cli.env.VISUAL || cli.env.EDITOR || 'vi').split(/\s+/)
    await runEditor(program, [...args, file])
    const lines = (await readFile(file, 'utf8')).split('\n')
    return lines
      .filter((line) => line !== HINT)
      .join('\n')
      .trim()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function runEditor(program: string, args: readonly string[]): Promise<void> {
  const failed = (why: string) =>
    new CliError(
      EXIT.ERROR,
      'EDITOR',
      `The editor ${program} ${why}. Set EDITOR, or give the prompt as an argument.`,
    )
  return new Promise((resolve, reject) => {
    const editor = spawn(program, args, { stdio: 'inherit' })
    editor.once('error', (error) => reject(failed(`could not be started (${error.message})`)))
    editor.once('close', (code) => (code === 0 ? resolve() : reject(failed(`ended with code ${code}`))))
  })
}
