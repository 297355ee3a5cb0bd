import { constants } from 'node:fs'
import { lstat, open, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { isValidBranchName } from '@optio/git'

/**
 * Reads the refs of a clone as plain files. An agent has had the directory, so git is not asked (it would read the clone's
 * configuration), symbolic links are not followed, and everything has a bound. What is read is a hint, never a fact: the
 * objects behind it are verified when they are fetched.
 */

const OBJECT_NAME = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const MAX_REF_FILE = 4096
const MAX_PACKED_REFS = 64 * 1024 * 1024
const MAX_REFS = 100_000
const MAX_SYMREF_DEPTH = 5

/** The clone is not in a state that can be read; the message says why, for people. */
export class UnreadableClone extends Error {
  override name = 'UnreadableClone'
}

/** Commit HEAD stands for, or null on a branch without a commit. Throws `UnreadableClone`. */
export async function readHead(gitDir: string): Promise<string | null> {
  return await follow(gitDir, 'HEAD', new Map(), 0)
}

/** Commit of a branch, or null when the clone has no such branch. Throws `UnreadableClone`. */
export async function readBranch(gitDir: string, branch: string): Promise<string | null> {
  return await follow(gitDir, `refs/heads/${branch}`, new Map(), 0)
}

/** Every object name that a ref of the clone stands for, without remote-tracking refs (those are the mirror's). */
export async function readAllRefs(gitDir: string): Promise<Set<string>> {
  const packed = await readPackedRefs(gitDir)
  const names = new Set([...packed.keys(), ...(await looseRefs(gitDir, 'refs'))])
  if (names.size > MAX_REFS) throw new UnreadableClone(`it has more than ${MAX_REFS} refs`)
  const found = new Set<string>()
  for (const name of ['HEAD', ...names]) {
    if (name.startsWith('refs/remotes/')) continue
    const sha = await follow(gitDir, name, packed, 0)
    if (sha !== null) found.add(sha)
  }
  return found
}

async function follow(
  gitDir: string,
  name: string,
  packed: Map<string, string>,
  depth: number,
): Promise<string | null> {
  if (depth > MAX_SYMREF_DEPTH) throw new UnreadableClone(`its ref ${name} leads in a circle`)
  const content = await readLoose(gitDir, name)
  if (content === null) {
    if (name === 'HEAD') throw new UnreadableClone('it has no HEAD')
    return (packed.size > 0 ? packed : await readPackedRefs(gitDir)).get(name) ?? null
  }
  const target = /^ref: *(\S+)$/.exec(content)?.[1]
  if (target !== undefined) {
    // HEAD of a clone with the reftable format names `refs/heads/.invalid`: refused here too.
    if (!target.startsWith('refs/') || !isValidBranchName(target)) {
      throw new UnreadableClone(`its ref ${name} stands for something that is no ref`)
    }
    return await follow(gitDir, target, packed, depth + 1)
  }
  if (!OBJECT_NAME.test(content)) throw new UnreadableClone(`its ref ${name} is broken`)
  return content
}

/** Content of a loose ref, or null when there is none; no component may be a symbolic link. */
async function readLoose(gitDir: string, name: string): Promise<string | null> {
  const parts = name.split('/')
  for (let i = 1; i < parts.length; i++) {
    const facts = await lstat(join(gitDir, ...parts.slice(0, i))).catch(() => null)
    if (facts === null) return null
    if (!facts.isDirectory()) {
      if (facts.isSymbolicLink()) throw new UnreadableClone(`its ref ${name} lies behind a symbolic link`)
      return null
    }
  }
  const facts = await lstat(join(gitDir, name)).catch(() => null)
  if (facts === null || facts.isDirectory()) return null
  return (await readPlainFile(join(gitDir, name), MAX_REF_FILE)).trim()
}

async function readPackedRefs(gitDir: string): Promise<Map<string, string>> {
  const path = join(gitDir, 'packed-refs')
  const refs = new Map<string, string>()
  if ((await lstat(path).catch(() => null)) === null) return refs
  for (const line of (await readPlainFile(path, MAX_PACKED_REFS)).split('\n')) {
    const space = line.indexOf(' ')
    const sha = line.slice(0, space)
    if (space > 0 && OBJECT_NAME.test(sha)) refs.set(line.slice(space + 1), sha)
  }
  return refs
}

async function looseRefs(gitDir: string, below: string): Promise<string[]> {
  const names: string[] = []
  const pending = [below]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for await (const entry of await opendir(join(gitDir, next))) {
      const name = `${next}/${entry.name}`
      if (entry.isDirectory()) pending.push(name)
      else if (!entry.name.endsWith('.lock')) names.push(name)
      if (names.length + pending.length > MAX_REFS) {
        throw new UnreadableClone(`it has more than ${MAX_REFS} refs`)
      }
    }
  }
  return names
}

/** Reads a regular file that is not a symbolic link; a named pipe does not block it. Throws `UnreadableClone`. */
async function readPlainFile(path: string, limit: number): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    throw new UnreadableClone(`${path} cannot be opened (${error.code})`)
  })
  try {
    const facts = await file.stat()
    if (!facts.isFile()) throw new UnreadableClone(`${path} is no regular file`)
    if (facts.size > limit) throw new UnreadableClone(`${path} is larger than ${limit} bytes`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
