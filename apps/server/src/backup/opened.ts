import { constants, type Dirent } from 'node:fs'
import { type FileHandle, open, readdir, readlink } from 'node:fs/promises'

/**
 * Opens what is at `place`, an absolute path without links in it, and gives null when that is no such thing (any more). An agent may put
 * something else there between a look and the opening: a link would bring a file of the host into the backup, a named pipe would be
 * waited for without end. So the last name is not followed, nothing is waited for, and what was opened is asked for its own path, which
 * tells when a directory above was replaced by a link. (Where there is no `/proc` to ask, only the last name is guarded.)
 * Throws what `open` does, EACCES for example.
 */
export async function openPlain(place: string, kind: 'file' | 'directory'): Promise<FileHandle | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(place, flags).catch(vanished)
  if (handle === null) return null
  try {
    const facts = await handle.stat()
    const same = kind === 'file' ? facts.isFile() : facts.isDirectory()
    if (same && (await wasAt(handle, place))) return handle
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return null
}

/** Whether what is open was at `place` when it was opened, with no link on the way. */
export async function wasAt(handle: FileHandle, place: string): Promise<boolean> {
  const own = await readlink(descriptorPath(handle)).catch(() => null)
  // A file that is replaced as git replaces a reference, by renaming, is deleted once it is open: it was there, and is whole.
  return own === null || own === place || own === `${place} (deleted)`
}

/** What is in a directory, opened as `openPlain` does; null when it is none (any more). */
export async function listPlain(place: string): Promise<Dirent[] | null> {
  const handle = await openPlain(place, 'directory')
  if (handle === null) return null
  const list = async (path: string) => await readdir(path, { withFileTypes: true }).catch(vanished)
  try {
    return (await list(descriptorPath(handle))) ?? (await list(place))
  } finally {
    await handle.close()
  }
}

/** Leads to what is open, whatever is at its place by now; nowhere without `/proc`. */
function descriptorPath({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`
}

/** Codes of a place at which nothing is, or something other than what was looked at: ELOOP a link, ENXIO a socket. */
const VANISHED = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'])

/** For `catch`: null for what is not there any more. */
export function vanished(error: NodeJS.ErrnoException): null {
  if (VANISHED.has(error.code ?? '')) return null
  throw error
}
