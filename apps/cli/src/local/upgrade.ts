import { readFile } from 'node:fs/promises'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { printJson } from '../print.ts'
import { version } from '../version.ts'

interface Upgrade {
  /** Version of this program. */
  readonly version: string
  /** Version of the server that answers; null when none does. */
  readonly running: string | null
  /** What the doctor says of the database. */
  readonly database: string
  /** Of the changelog, what is newer than what runs. */
  readonly notes: string
}

const STEPS = `What an update does:
  1. optio backup <file>          a way back: a database is never taken to an older form
  2. optio stop                   agents go on working meanwhile
  3. git pull, in the checkout    the next command installs and builds what changed
  4. optio start                  brings the database up to date and takes the agents over
`

/** Says what an update would do; does nothing. */
export async function upgrade(cli: Cli): Promise<void> {
  const running = await runningVersion(cli)
  const found: Upgrade = {
    version: version(),
    running,
    database: await databaseState(cli),
    notes: notesSince(await changelog(), running),
  }
  if (cli.json) return await printJson(cli, found)
  await cli.out.write(STEPS)
  const runs = running === null ? 'none runs' : `${running} runs`
  await cli.out.write(`\nThis program is ${found.version}; of the server, ${runs}.\n`)
  await cli.out.write(`Database: ${found.database}\n`)
  const since =
    running === null || running === found.version ? 'What changed:' : `What changed since ${running}:`
  await cli.out.write(`\n${since}\n\n${found.notes === '' ? 'Nothing that people notice.\n' : found.notes}`)
}

async function runningVersion(cli: Cli): Promise<string | null> {
  try {
    return (await (await cli.client()).system.get()).system.version
  } catch (error) {
    if (error instanceof CliError && error.code === 'NOT_RUNNING') return null
    throw error
  }
}

/** By this program's own knowledge, not the server's: it is this one that would migrate. */
async function databaseState(cli: Cli): Promise<string> {
  const { examineHere } = await import('@optio/server/doctor')
  const report = await examineHere({ ...cli.env })
  const found = report.diagnoses.find(({ id }) => id === 'database')
  return found === undefined
    ? 'it could not be looked at'
    : [found.detail, found.remedy].filter(Boolean).join(' ')
}

async function changelog(): Promise<string> {
  return await readFile(new URL('../../../../CHANGELOG.md', import.meta.url), 'utf8').catch(() => '')
}

/** The sections above the one of a version; all where that is not known. */
export function notesSince(text: string, than: string | null): string {
  const sections = text.split(/^(?=## \[)/m).slice(1)
  const known = sections.findIndex((section) => than !== null && section.startsWith(`## [${than}]`))
  return sections.slice(0, known < 0 ? undefined : known).join('')
}
