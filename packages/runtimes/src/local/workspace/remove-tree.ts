import { chmod, lstat, mkdir, opendir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ownName, removeAbandoned } from '@optio/git'

/**
 * Removes a directory as if at once: it first gets a name in `scratch`, so that whoever dies midway leaves no half-removed
 * environment behind that looks like a whole one. Nothing happens when it is not there.
 */
export async function removeTree(directory: string, scratch: string): Promise<void> {
  await mkdir(scratch, { recursive: true, mode: 0o700 })
  await removeAbandoned(scratch, 'trash-')
  const trash = join(scratch, ownName('trash-'))
  try {
    await rename(directory, trash)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  await removeStubborn(trash)
}

/** `rm -rf` that also gets at what an agent has made unwritable. */
async function removeStubborn(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw error
    await makeWritable(directory)
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function makeWritable(directory: string): Promise<void> {
  if (!(await lstat(directory)).isDirectory()) return
  await chmod(directory, 0o700)
  for await (const entry of await opendir(directory)) {
    if (entry.isDirectory()) await makeWritable(join(directory, entry.name))
  }
}
