import { randomBytes } from 'node:crypto'
import { link, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const MARK_BYTES = 6
const MARK = new RegExp(`^\\.[0-9a-f]{${2 * MARK_BYTES}}$`)

/**
 * Writes the file unless it exists; of several processes at once one wins, and nobody ever sees half a file, also not after the machine
 * lost its power. False when there was one.
 */
export async function writeOnce(file: string, content: string): Promise<boolean> {
  const temporary = `${file}.${randomBytes(MARK_BYTES).toString('hex')}`
  await writeFile(temporary, content, { mode: 0o600, flush: true })
  try {
    await link(temporary, file)
    await syncDirectory(dirname(file))
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Another process may have taken it for a leftover: it does so only when the file exists.
    if (code === 'EEXIST' || (code === 'ENOENT' && (await exists(file)))) return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Deletes what processes that were killed have left of writing the file: whole copies of it. Does nothing unless it exists. */
export async function removeLeftovers(file: string): Promise<void> {
  if (!(await exists(file))) return
  const directory = dirname(file)
  const name = basename(file)
  for (const each of await readdir(directory)) {
    if (each.startsWith(name) && MARK.test(each.slice(name.length)))
      await rm(join(directory, each), { force: true })
  }
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  await directory.sync().finally(() => directory.close())
}
