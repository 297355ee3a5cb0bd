import { createWriteStream } from 'node:fs'
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { OptioError } from '@optio/contract'
import { KEY_FILE } from '../secrets/master-key.ts'
import type { Part } from './read-backup.ts'

/** Files of a backup on their way into a data directory: gathered beside their place, and moved there when all are there. */
export class Incoming {
  readonly #dataDir: string
  readonly #staging: string
  readonly #links: { readonly path: string; readonly target: string }[] = []
  readonly #moved: string[] = []

  constructor(dataDir: string) {
    this.#dataDir = dataDir
    this.#staging = join(dataDir, `.restore-${process.pid}`)
  }

  async begin(): Promise<void> {
    await mkdir(this.#staging, { recursive: true, mode: 0o700 })
  }

  async add({ path, entry, content }: Extract<Part, { kind: 'file' }>): Promise<void> {
    const place = join(this.#staging, path)
    if (entry.kind === 'directory') {
      await mkdir(place, { mode: 0o700 })
      return
    }
    // Made when every file is there, so that none can be written through one.
    if (entry.kind === 'symlink') {
      this.#links.push({ path: place, target: entry.target })
      return
    }
    // Never more than it is said to be, and never over something: the flag refuses a place that is taken.
    await pipeline(Readable.from(content), createWriteStream(place, { flags: 'wx', mode: 0o600 }))
    await chmod(place, entry.mode & 0o777)
    await utimes(place, entry.mtime, entry.mtime)
  }

  /** Brings everything to its place. What is there already may only be an empty directory, the name of this host, or a key that nothing is encrypted with. */
  async settle(): Promise<void> {
    for (const { path, target } of this.#links) await symlink(target, path)
    await declareLost(this.#staging)
    for (const name of await readdir(this.#staging)) {
      const place = join(this.#dataDir, name)
      await requireRoom(place, name)
      await rm(place, { recursive: true, force: true })
      await rename(join(this.#staging, name), place)
      this.#moved.push(place)
    }
    await rm(this.#staging, { recursive: true, force: true })
  }

  /** Takes back whatever was done. */
  async undo(): Promise<void> {
    for (const place of this.#moved) await rm(place, { recursive: true, force: true })
    await rm(this.#staging, { recursive: true, force: true })
  }
}

/** An empty installation has this much: made at its first start, and of no worth. */
const OF_NO_WORTH = new Set(['host-id', 'checks', KEY_FILE])

/** Throws CONFLICT when the data directory has repositories or work in it, or anything else at a place that a backup needs. */
export async function requireEmptyDirectory(dataDir: string, names: Iterable<string>): Promise<void> {
  for (const name of new Set(['mirrors', 'environments', ...names]))
    await requireRoom(join(dataDir, name), name)
}

async function requireRoom(place: string, name: string): Promise<void> {
  const seen = await stat(place).catch(() => null)
  if (seen === null || OF_NO_WORTH.has(name)) return
  const empty = seen.isDirectory() && (await readdir(place)).every((each) => each.startsWith('.'))
  if (empty) return
  throw new OptioError(
    'CONFLICT',
    `${place} exists already: a backup is only brought into an empty installation. Choose another OPTIO_DATA_DIR.`,
  )
}

/**
 * A step that had not ended when the copy was made runs elsewhere, or nowhere any more. Its record names processes by number; on the
 * machine the backup came from these may live, and they belong to the Optio there. So it is recorded as one whose machine was restarted:
 * what it wrote is read, the attempt is lost, and the run goes on in its clone.
 */
async function declareLost(root: string): Promise<void> {
  for (const control of await controlDirectories(root)) {
    const claim = join(control, 'claim')
    const ended = await stat(join(control, 'exit')).catch(() => null)
    const text = await readFile(claim, 'utf8').catch(() => '')
    if (ended !== null || text === '') continue
    const elsewhere: Readonly<Record<string, string>> = { boot: 'restored', mark: 'restored', cgroup: '' }
    const lines = text.split('\n').map((line) => {
      const [key = ''] = line.split('=', 1)
      return key in elsewhere ? `${key}=${elsewhere[key]}` : line
    })
    await writeFile(claim, lines.join('\n'))
    await rm(join(control, 'known'), { force: true })
  }
}

/** `ctl` of every step: of attempts, at a known depth, and of checks. Not looked for in clones, which hold what agents like. */
async function controlDirectories(root: string): Promise<string[]> {
  const below = async (path: string) =>
    (await readdir(path, { withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(path, name))
  const found: string[] = []
  for (const environment of await below(join(root, 'environments'))) {
    found.push(...(await nestedControls(join(environment, 'steps'), below, 3)))
  }
  found.push(...(await nestedControls(join(root, 'checks'), below, 4)))
  return found
}

async function nestedControls(
  path: string,
  below: (path: string) => Promise<string[]>,
  depth: number,
): Promise<string[]> {
  if (depth < 0) return []
  const children = await below(path)
  const nested = await Promise.all(
    children.map(async (child) =>
      child.endsWith('/ctl') ? [child] : await nestedControls(child, below, depth - 1),
    ),
  )
  return nested.flat()
}
