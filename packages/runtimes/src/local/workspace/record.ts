import { readFileSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ownName } from '@optio/git'

/** Of an environment in which a run commits its work. */
export interface CloneRecord {
  /** Left out in records of clones that were made before there were other kinds. */
  readonly kind?: 'clone'
  readonly repositoryId: string
  readonly branch: string
  readonly baseRef: string
}

/** Of an environment in which one commit is read. */
export interface ReviewRecord {
  readonly kind: 'review'
  readonly repositoryId: string
  readonly commit: string
  /** The attempt its checkout was made for. */
  readonly attempt: number
}

/** What Optio remembers of an environment, where the agent cannot change it. */
export type EnvironmentRecord = CloneRecord | ReviewRecord | { readonly kind: 'empty' }

/** True for the one kind of environment that can hold work to be kept. */
export function isClone(record: EnvironmentRecord): record is CloneRecord {
  return record.kind === undefined || record.kind === 'clone'
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
