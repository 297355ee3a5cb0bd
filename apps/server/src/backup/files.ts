import type { Dirent, Stats } from 'node:fs'
import { type FileHandle, lstat, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError, showControls } from '@optio/contract'
import { isOfKeyFile } from '../secrets/master-key.ts'
import { NAMES } from './manifest.ts'
import { listPlain, openPlain, vanished } from './opened.ts'
import type { TarWriter } from './tar-writer.ts'

/**
 * What is at the top of a data directory and is not copied: the database (copied as tables), what is made again when it is missing, and
 * what speaks of this very process.
 */
const LEFT_OUT = new Set(['postgres', 'scratch', 'checkouts', 'runtime', 'server.json'])

/** Files up to this size are read whole, so that what is written is one moment of them. */
const WHOLE_BYTES = 4 * 1024 ** 2
const PIECE_BYTES = 256 * 1024

/** Directories that hold references of git come before those that hold objects: what is referred to by then exists already. */
const FIRST = new Set(['HEAD', 'packed-refs', 'refs'])

/** Which files, by their path below the data directory. */
export type Wanted = (path: string) => boolean

/**
 * What is copied: all but what is left out, the key of secrets only where that is asked for, and of the environments those of runs that are unfinished or hold what exists nowhere else, without their temporary
 * files. An environment that the copy of the database does not know was made after it, and would belong to nobody.
 */
export function wantedOf(keptRuns: ReadonlySet<string>, { withKey }: { withKey: boolean }): Wanted {
  return (path) => {
    const [top = '', second, third] = path.split('/')
    if (isLeftOut(top)) return false
    if (isOfKeyFile(top)) return withKey
    if (top !== 'environments' || second === undefined) return true
    // What Optio remembers of an environment goes with it.
    if (second === '.records') return third === undefined || keptRuns.has(third.replace(/\.json$/, ''))
    if (second.startsWith('.')) return true
    return keptRuns.has(second) && third !== 'tmp'
  }
}

/** Names at the top of a data directory that are in no backup. */
export function isLeftOut(top: string): boolean {
  return LEFT_OUT.has(top) || top.startsWith('server.json.') || top.startsWith('.restore-')
}

/** What could not be read: how many files and directories, and the paths of the first of them. */
export interface Unread {
  readonly count: number
  /** Below the data directory, as the agent named them: not to be shown as they are. */
  readonly first: readonly string[]
}

const FIRST_UNREAD = 5
/** An agent can also make directories in directories until no path leads to the innermost. */
const UNREADABLE = new Set(['EACCES', 'EPERM', 'ENAMETOOLONG'])

export function isUnreadable({ code }: NodeJS.ErrnoException): boolean {
  return UNREADABLE.has(code ?? '')
}

/**
 * Writes the files of a data directory as they are at the moment. What vanishes meanwhile is left out; sockets and such are too. So is
 * what an agent has made unreadable, which is counted: it must not keep everything else out of every backup.
 * Throws CONFIG for a file of Optio's own that cannot be read.
 */
export async function writeFiles(tar: TarWriter, dataDir: string, wanted: Wanted): Promise<Unread> {
  const copy = new Copy(tar, await realpath(dataDir), wanted)
  await copy.directory('')
  return copy.unread
}

class Copy {
  readonly #tar: TarWriter
  readonly #root: string
  readonly #wanted: Wanted
  readonly #first: string[] = []
  #count = 0

  /** `root` has no links in it. */
  constructor(tar: TarWriter, root: string, wanted: Wanted) {
    this.#tar = tar
    this.#root = root
    this.#wanted = wanted
  }

  get unread(): Unread {
    return { count: this.#count, first: this.#first }
  }

  /** Everything in a directory, given by its path below the root. */
  async directory(path: string): Promise<void> {
    const entries = await listPlain(join(this.#root, path)).catch(this.#unreadable(path))
    for (const entry of [...(entries ?? [])].sort(byUrgency)) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`
      if (this.#wanted(below)) await this.#one(below)
    }
  }

  async #one(path: string): Promise<void> {
    const place = join(this.#root, path)
    const seen = await lstat(place).catch(vanished).catch(this.#unreadable(path))
    if (seen === null) return
    const about = aboutOf(path, seen)
    if (seen.isDirectory()) {
      await this.#tar.add({ ...about, kind: 'directory' })
      await this.directory(path)
    } else if (seen.isSymbolicLink()) {
      const target = await readlink(place).catch(vanished).catch(this.#unreadable(path))
      // Links are an agent's or a program's own business inside of an environment; Optio makes none anywhere else.
      if (target !== null && mayBeLink(path)) await this.#tar.add({ ...about, kind: 'symlink', target })
    } else if (seen.isFile()) {
      await this.#file(path)
    }
  }

  async #file(path: string): Promise<void> {
    const handle = await openPlain(join(this.#root, path), 'file').catch(this.#unreadable(path))
    if (handle === null) return
    try {
      const facts = await handle.stat()
      const about = aboutOf(path, facts)
      if (facts.size <= WHOLE_BYTES) {
        const content = await handle.readFile()
        await this.#tar.add({ ...about, kind: 'file', size: content.length }, [content])
        return
      }
      // One that grows is cut at the length it had; one that was shortened meanwhile is filled up with zeros.
      await this.#tar.add({ ...about, kind: 'file', size: facts.size }, pieces(handle, facts.size))
    } finally {
      await handle.close()
    }
  }

  /** For `catch`: what may not be read is counted where agents work, and is an error that says what to do anywhere else. */
  #unreadable(path: string): (error: NodeJS.ErrnoException) => null {
    return (error) => {
      if (!isUnreadable(error)) throw error
      if (!isAgents(path)) {
        throw new OptioError(
          'CONFIG',
          `${showControls(join(this.#root, path))} cannot be read (${error.code}). Run this as the user that Optio runs as, and give that user what it needs to read there.`,
          { cause: error },
        )
      }
      this.#count += 1
      if (this.#first.length < FIRST_UNREAD) this.#first.push(path)
      return null
    }
  }
}

function aboutOf(path: string, { mode, mtimeMs }: Stats) {
  return { name: `${NAMES.files}${path}`, mode, mtime: mtimeMs / 1000, target: '', size: 0 }
}

function byUrgency(one: Dirent, other: Dirent): number {
  const rank = ({ name }: Dirent) => (FIRST.has(name) ? 0 : 1)
  return rank(one) - rank(other) || (one.name < other.name ? -1 : 1)
}

/** Below the clone or the home directory of an environment, where Optio itself follows no link. */
export function mayBeLink(path: string): boolean {
  const [top, , part, ...below] = path.split('/')
  return top === 'environments' && (part === 'clone' || part === 'home') && below.length > 0
}

/** The clone or the home directory of an environment, and what is below: an agent's own, to be made unreadable as it likes. */
function isAgents(path: string): boolean {
  const [top, , part] = path.split('/')
  return top === 'environments' && (part === 'clone' || part === 'home')
}

async function* pieces(handle: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, size - at))
    const { bytesRead } = await handle.read(piece, 0, piece.length, at)
    yield bytesRead === 0 ? piece : piece.subarray(0, bytesRead)
    at += bytesRead === 0 ? piece.length : bytesRead
  }
}
