import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const TRANSCRIPTS = new URL('../../../../../packages/agents/test/transcripts/claude-code/', import.meta.url)

/** What the stand-in does in one launch. */
export interface Recorded {
  /** Lines of its standard output. */
  readonly lines: readonly string[]
  readonly errors?: string
  readonly exitCode: number
  /** A file it writes and commits first. */
  readonly commits?: string
  /** What it does in a shell before all else, with all that it was given. */
  readonly script?: string
}

/**
 * A program called `claude` that plays one recorded stream a launch, the last one again and again, and writes down how it was
 * called. The real one is driven by the tests in `e2e`.
 *
 * @returns the directory to put on the PATH.
 */
export async function recordedClaude(root: string, launches: readonly Recorded[]): Promise<string> {
  const directory = join(root, 'claude')
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'launches.json'), JSON.stringify(launches))
  await writeFile(join(directory, 'claude'), PLAYER)
  await chmod(join(directory, 'claude'), 0o755)
  return directory
}

/** The arguments of each launch, and what it was told first. */
export async function launchesIn(home: string): Promise<{ argv: string[]; prompt: string }[]> {
  const text = await readFile(join(home, 'launches'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

export async function transcript(name: string): Promise<string[]> {
  return (await readFile(new URL(`${name}.jsonl`, TRANSCRIPTS), 'utf8')).trimEnd().split('\n')
}

const PLAYER = `#!${process.execPath}
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const journal = path.join(process.env.HOME, 'launches')
const before = fs.existsSync(journal) ? fs.readFileSync(journal, 'utf8').split('\\n').length - 1 : 0
const heard = []
for (const byte = Buffer.alloc(1); fs.readSync(0, byte) === 1 && byte[0] !== 10; ) heard.push(byte[0])
const first = JSON.parse(Buffer.from(heard).toString())
const launch = { argv: process.argv.slice(2), prompt: first.message.content[0].text }
fs.appendFileSync(journal, JSON.stringify(launch) + '\\n')
const launches = JSON.parse(fs.readFileSync(path.join(__dirname, 'launches.json'), 'utf8'))
const { lines, errors, exitCode, commits, script } = launches[Math.min(before, launches.length - 1)]
if (script) execFileSync('sh', ['-ec', script])
if (commits) {
  fs.writeFileSync(commits, 'right')
  execFileSync('git', ['add', commits])
  execFileSync('git', ['commit', '-qm', 'Add ' + commits])
}
if (errors) fs.writeSync(2, errors)
fs.writeSync(1, lines.map((line) => line + '\\n').join(''))
process.exitCode = exitCode
`
