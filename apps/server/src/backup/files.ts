import type { Dirent } from 'node:fs'
import { lstat, open, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { NAMES } from './manifest.ts'
import type { TarWriter } from './tar-writer.ts'

/**
 * What is at the top of a data directory and is not copied: the database (copied as tables), what is made again when it is missing, and
 * what speaks of this very process. Everything else is: a key that a later version keeps there is in the next backup by itself.
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
 * What of the environments is copied: those of runs that are unfinished or hold what exists nowhere else, without their temporary
 * files. An environment that the copy of the database does not know was made after it, and would belong to nobody.
 */
export function wantedOf(keptRuns: ReadonlySet<string>): Wanted {
  return (path) => {
    const [top = '', second, third] = path.split('/')
    if (isLeftOut(top)) return false
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

/** Writes the files of a data directory as they are at the moment. What vanishes meanwhile is left out; sockets and such are too. */
export async function writeFiles(tar: TarWriter, dataDir: string, wanted: Wanted): Promise<void> {
  await writeDirectory(tar, dataDir, '', wanted)
}

async function writeDirectory(tar: TarWriter, root: string, path: string, wanted: Wanted): Promise<void> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch(vanished)
  for (const entry of [...(entries ?? [])].sort(byUrgency)) {
    const below = path === '' ? entry.name : `${path}/${entry.name}`
    if (!wanted(below)) continue
    await writeOne(tar, root, below, wanted)
  }
}

function byUrgency(one: Dirent, other: Dirent): number {
  const rank = ({ name }: Dirent) => (FIRST.has(name) ? 0 : 1)
  return rank(one) - rank(other) || (one.name < other.name ? -1 : 1)
}

async function writeOne(tar: TarWriter, root: string, path: string, wanted: Wanted): Promise<void> {
  const seen = await lstat(join(root, path)).catch(vanished)
  if (seen === null) return
  const about = {
    name: `${NAMES.files}${path}`,
    mode: seen.mode,
    mtime: seen.mtimeMs / 1000,
    target: '',
    size: 0,
  }
  if (seen.isDirectory()) {
    await tar.add({ ...about, kind: 'directory' })
    await writeDirectory(tar, root, path, wanted)
  } else if (seen.isSymbolicLink()) {
    const target = await readlink(join(root, path)).catch(vanished)
    // Links are an agent's or a program's own business inside of an environment; Optio makes none anywhere else.
    if (target !== null && mayBeLink(path)) await tar.add({ ...about, kind: 'symlink', target })
  } else if (seen.isFile()) {
    await writeFile(tar, join(root, path), about)
  }
}

/** Below the clone or the home directory of an environment, where Optio itself follows no link. */
export function mayBeLink(path: string): boolean {
  const [top, , part, ...below] = path.split('/')
  return top === 'environments' && (part === 'clone' || part === 'home') && below.length > 0
}

interface About {
  readonly name: string
  readonly mode: number
  readonly mtime: number
  readonly target: string
}

async function writeFile(tar: TarWriter, file: string, about: About): Promise<void> {
  const handle = await open(file, 'r').catch(vanished)
  if (handle === null) return
  try {
    const { size } = await handle.stat()
    if (size <= WHOLE_BYTES) {
      const content = await handle.readFile()
      await tar.add({ ...about, kind: 'file', size: content.length }, [content])
      return
    }
    // One that grows is cut at the length it had; one that was shortened meanwhile is filled up with zeros.
    await tar.add({ ...about, kind: 'file', size }, pieces(handle, size))
  } finally {
    await handle.close()
  }
}

async function* pieces(handle: Awaited<ReturnType<typeof open>>, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, size - at))
    const { bytesRead } = await handle.read(piece, 0, piece.length, at)
    yield bytesRead === 0 ? piece : piece.subarray(0, bytesRead)
    at += bytesRead === 0 ? piece.length : bytesRead
  }
}

function vanished(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}
