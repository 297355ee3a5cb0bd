import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessIdentity } from '@optio/runtimes'

/** Where the Optio of a data directory answers: written when it is ready, removed when it stops. A hint, never a lock. */
export interface ServerFile {
  /** More than its pid, which may be another's by the time somebody reads this. */
  readonly process: ProcessIdentity
  readonly url: string
}

const nameOf = (dataDir: string) => join(dataDir, 'server.json')

export async function writeServerFile(dataDir: string, content: ServerFile): Promise<void> {
  await writeFile(`${nameOf(dataDir)}.${process.pid}`, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  await rename(`${nameOf(dataDir)}.${process.pid}`, nameOf(dataDir))
}

export async function readServerFile(dataDir: string): Promise<ServerFile | null> {
  try {
    return JSON.parse(await readFile(nameOf(dataDir), 'utf8')) as ServerFile
  } catch {
    return null
  }
}

export async function removeServerFile(dataDir: string): Promise<void> {
  const present = await readServerFile(dataDir)
  if (present?.process?.pid === process.pid) await rm(nameOf(dataDir), { force: true })
}
