import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SoughtText } from '@optio/git'

/**
 * What the credentials of a run's agents looked like, one file an attempt, in its environment and out of its agents' reach:
 * a login is renewed and a key replaced while an agent still has the old one, and a process that adopts it never knew that.
 * Only fingerprints are kept, so that no secret comes to lie on the disk.
 */
const DIRECTORY = 'granted'

/** Written before the agent is launched. A repeat adds what became known since. */
export async function rememberGranted(
  environment: string,
  attempt: number,
  fingerprints: readonly SoughtText[],
): Promise<void> {
  if (fingerprints.length === 0) return
  const directory = join(environment, DIRECTORY)
  const file = join(directory, `${attempt}.json`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const all = withoutDoubles([...(await read(file)), ...fingerprints])
  await writeFile(`${file}.new`, JSON.stringify(all), { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
}

/** Of all attempts in the environment; empty when none was launched there. */
export async function readGranted(environment: string): Promise<SoughtText[]> {
  const directory = join(environment, DIRECTORY)
  const names = await readdir(directory).catch(noneIfAbsent)
  const all: SoughtText[] = []
  for (const name of names) if (name.endsWith('.json')) all.push(...(await read(join(directory, name))))
  return withoutDoubles(all)
}

export function withoutDoubles(sought: readonly SoughtText[]): SoughtText[] {
  return [...new Map(sought.map((each) => [each.forms[0]?.sha256 ?? each.name, each])).values()]
}

async function read(file: string): Promise<SoughtText[]> {
  const text = await readFile(file, 'utf8').catch(noneIfAbsent)
  if (typeof text !== 'string') return []
  try {
    return JSON.parse(text) as SoughtText[]
  } catch {
    // Whoever broke it could have deleted it as well; the run must not wait for ever for it to be whole again.
    return []
  }
}

function noneIfAbsent(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return []
  throw error
}
