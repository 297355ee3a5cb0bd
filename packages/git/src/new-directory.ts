import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Makes a directory all at once: `build` fills a temporary one beside it, which is then renamed into place. Whoever dies
 * midway leaves no half-made directory, only a temporary one that the next caller removes. Answers whether this call made
 * it; false when another was first.
 */
export async function makeDirectoryOnce(
  target: string,
  build: (temporary: string) => Promise<void>,
): Promise<boolean> {
  const parent = dirname(target)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  await removeAbandoned(parent, `.new-${basename(target)}-`)
  const temporary = join(parent, ownName(`.new-${basename(target)}-`))
  try {
    await mkdir(temporary, { mode: 0o700 })
    await build(temporary)
    await rename(temporary, target)
    return true
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {})
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes entries of a directory named `<prefix><pid>-…` whose process is gone. A child that outlived its Optio may still be
 * writing there; what it leaves then goes with the next call.
 */
export async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(prefix)) continue
    const pid = Number(/^(\d+)-/.exec(entry.slice(prefix.length))?.[1])
    if (!Number.isInteger(pid) || isAlive(pid)) continue
    await rm(join(parent, entry), { recursive: true, force: true }).catch(() => {})
  }
}

/** A name no other process uses, which `removeAbandoned` recognises: `<prefix><pid>-<random>`. */
export function ownName(prefix: string): string {
  return `${prefix}${process.pid}-${randomBytes(6).toString('hex')}`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
