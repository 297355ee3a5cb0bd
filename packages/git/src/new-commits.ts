import { ByteSearch } from './byte-search.ts'
import { GitError } from './failure.ts'
import type { Fingerprint } from './fingerprint.ts'
import { streamGit } from './stream.ts'

const TIMEOUT_MS = 15 * 60_000

/** Objects with something in them that are told apart; there is no need to know of more. */
const MOST_OBJECTS = 50

/** Something that is looked for, by the fingerprints of all forms it can have. */
export interface SoughtText {
  readonly name: string
  readonly forms: readonly Fingerprint[]
}

/** Where it was found. */
export interface Sighting {
  readonly name: string
  readonly part: 'content' | 'file name' | 'message'
  /** The oldest commit that has it; null when that is not known. */
  readonly commit: string | null
  /** Path of the file, text of strangers; null for a message, when it is not known, and when what was sought is in it. */
  readonly path: string | null
}

/**
 * Looks for texts in everything that pushing a commit would add to the upstream: whole files (also those a later commit
 * removes again), file names, and the messages and names in commits. The repository is one of ours; what its branches and
 * tags reach is the upstream's already. What is sought is neither in a process's arguments nor kept whole in memory, nor is
 * what is searched. Throws a `GitError` when not everything could be looked at.
 */
export async function searchNewCommits(request: {
  readonly gitDir: string
  readonly head: string
  readonly sought: readonly SoughtText[]
}): Promise<Sighting[]> {
  const names = request.sought.flatMap(({ name, forms }) => forms.map(() => name))
  if (names.length === 0) return []
  const search = new ByteSearch(request.sought.flatMap(({ forms }) => forms))
  const namesOf = (found: ReadonlySet<number>) => new Set([...found].map((number) => names[number] ?? ''))
  const look = (bytes: Uint8Array) => {
    const text = search.text()
    text.push(bytes)
    return namesOf(text.end())
  }
  const sightings: Sighting[] = []
  const blobs = new Map<string, Set<string>>()
  const nameless = new Set<string>()
  for await (const { type, id, bytes } of newObjects(request)) {
    const text = search.text()
    for await (const chunk of bytes) text.push(chunk)
    const found = namesOf(text.end())
    if (found.size === 0 || blobs.size + sightings.length >= MOST_OBJECTS) continue
    if (type === 'blob') blobs.set(id, found)
    else if (type === 'tree') for (const name of found) nameless.add(name)
    else for (const name of found) sightings.push({ name, part: 'message', commit: id, path: null })
  }
  for await (const { commit, blob, path } of newPaths(request)) {
    const inName = look(path)
    for (const name of inName) {
      nameless.delete(name)
      if (sightings.length < MOST_OBJECTS) sightings.push({ name, part: 'file name', commit, path: null })
    }
    const shown = inName.size === 0 ? path.toString('utf8') : null
    for (const name of blobs.get(blob) ?? []) sightings.push({ name, part: 'content', commit, path: shown })
    blobs.delete(blob)
  }
  // What no commit accounts for is there all the same.
  for (const found of blobs.values()) {
    for (const name of found) sightings.push({ name, part: 'content', commit: null, path: null })
  }
  for (const name of nameless) sightings.push({ name, part: 'file name', commit: null, path: null })
  return sightings
}

interface NewObject {
  readonly type: string
  readonly id: string
  /** To be read to the end before the next object is asked for. */
  readonly bytes: AsyncIterable<Uint8Array>
}

const own = (gitDir: string) => ({ cwd: gitDir, gitDir, timeoutMs: TIMEOUT_MS })

/** What a push sends: `rev-list --objects` is what git itself asks for it. */
async function* newObjects({ gitDir, head }: { gitDir: string; head: string }): AsyncGenerator<NewObject> {
  const list = streamGit(
    ['rev-list', '--objects', '--no-object-names', head, '--not', '--branches', '--tags', '--'],
    own(gitDir),
  )
  const reader = new Reader(streamGit(['cat-file', '--batch', '--buffer'], { ...own(gitDir), stdin: list }))
  try {
    for (let header = await reader.until(0x0a); header !== null; header = await reader.until(0x0a)) {
      const [id = '', type = '', size = ''] = header.toString('latin1').split(' ')
      if (size === '') {
        throw new GitError('corrupt', 'cat-file', { profile: 'own', exitCode: null, stderr: `${id} ${type}` })
      }
      yield { type, id, bytes: reader.take(Number(size)) }
      await reader.until(0x0a)
    }
  } finally {
    await reader.close()
  }
}

/** Every file that a new commit adds or changes, the oldest commit first; of a merge what none of its parents has. */
async function* newPaths({
  gitDir,
  head,
}: {
  gitDir: string
  head: string
}): AsyncGenerator<{ commit: string; blob: string; path: Buffer }> {
  const list = streamGit(
    ['rev-list', '--reverse', '--topo-order', head, '--not', '--branches', '--tags', '--'],
    own(gitDir),
  )
  const options = ['--stdin', '-r', '-c', '--root', '--no-renames', '--raw', '--no-abbrev', '-z']
  const reader = new Reader(streamGit(['diff-tree', ...options], { ...own(gitDir), stdin: list }))
  let commit = ''
  try {
    for (let field = await reader.until(0); field !== null; field = await reader.until(0)) {
      const text = field.toString('latin1')
      if (!text.startsWith(':')) {
        commit = text
        continue
      }
      const path = await reader.until(0)
      // `:<modes> <objects before> <object after> <status>`
      if (path !== null) yield { commit, blob: text.split(' ').at(-2) ?? '', path }
    }
  } finally {
    await reader.close()
  }
}

/** Reads a stream of bytes by ends and by lengths. */
class Reader {
  readonly #source: AsyncGenerator<Uint8Array>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncGenerator<Uint8Array>) {
    this.#source = source
  }

  /** Whatever writes the stream is ended, wherever it is. */
  async close(): Promise<void> {
    await this.#source.return(undefined)
  }

  /** What comes before the byte, which is taken too; null at the end of the stream. */
  async until(byte: number): Promise<Buffer | null> {
    const parts: Buffer[] = []
    for (;;) {
      const end = this.#rest.indexOf(byte)
      if (end >= 0) {
        parts.push(this.#rest.subarray(0, end))
        this.#rest = this.#rest.subarray(end + 1)
        return parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts)
      }
      if (this.#rest.length > 0) parts.push(this.#rest)
      if (!(await this.#more())) return null
    }
  }

  async *take(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#more())) return
      const part = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next()
    if (done === true) return false
    this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return true
  }
}
