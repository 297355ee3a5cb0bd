import { readFileSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ownName } from '@optio/git'

/** What Optio remembers of an environment, where the agent cannot change it. */
export interface EnvironmentRecord {
  readonly repositoryId: string
  readonly branch: string
  readonly baseRef: string
}

export async function writeRecord(path: string, record: EnvironmentRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = join(dirname(path), ownName('.new-'))
  await writeFile(temporary, JSON.stringify(record))
  await rename(temporary, path)
}

/** Null when the environment was never prepared on this host. */
export async function readRecord(path: string): Promise<EnvironmentRecord | null> {
  return parse(await readFile(path, 'utf8').catch(absent))
}

export function readRecordSync(path: string): EnvironmentRecord | null {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return absent(error as NodeJS.ErrnoException)
  }
}

function parse(text: string | null): EnvironmentRecord | null {
  return text === null ? null : (JSON.parse(text) as EnvironmentRecord)
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
