import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readPostmasterFile } from './postmaster.ts'
import { answers, connectionAt, type SocketConnection } from './provision.ts'

/**
 * How to connect to the embedded database of a data directory while somebody runs it; null when nobody does. Only looks: makes nothing
 * and claims nothing, so it can stand beside the Optio that runs it.
 */
export async function runningEmbedded(dataDir: string): Promise<SocketConnection | null> {
  const home = join(dataDir, 'postgres')
  const recorded = await readFile(join(home, 'location.json'), 'utf8').catch(() => null)
  const root = recorded === null ? home : (JSON.parse(recorded) as { root: string }).root
  const file = await readPostmasterFile(join(root, 'data'))
  if (file === null || file.status !== 'ready' || !(await answers(file.socketDirectory))) return null
  return connectionAt(file.socketDirectory)
}
