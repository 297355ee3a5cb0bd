import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

type Step = readonly [name: string, ...args: (string | number)[]]

/** What the scripted agent (`agents/scripted.mjs`) does in an attempt of each reason. */
export type Script = Readonly<Record<string, Steps>>
export type Steps = readonly Step[]

export const SCRIPTED_AGENT: [string, string] = [
  process.execPath,
  fileURLToPath(new URL('../agents/scripted.mjs', import.meta.url)),
]

export function promptOf(script: Script): string {
  return `Do what the script says.\n\nSCRIPT ${JSON.stringify(script)}\n`
}

interface JournalEntry {
  readonly what: 'start' | 'end'
  readonly attempt: number
  readonly reason?: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What the scripted agents of a run recorded in their home directory. */
export async function readJournal(home: string): Promise<JournalEntry[]> {
  return (await read(join(home, 'journal')))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalEntry)
}

/** Times an agent found another agent of its run alive; empty when it never did. */
export async function readViolations(home: string): Promise<string> {
  return await read(join(home, 'violations'))
}

async function read(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch(() => '')
}
