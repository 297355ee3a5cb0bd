import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { OptioError } from '@optio/contract'
import { isLeftOut, mayBeLink } from './files.ts'
import { type End, type Manifest, NAMES, parseEnd, parseManifest } from './manifest.ts'
import { damaged, type TarEntry } from './tar-format.ts'
import { type ReadEntry, readTar } from './tar-reader.ts'

const LARGEST_MANIFEST = 4 * 1024 ** 2
const LARGEST_DATABASE_PIECE = 64 * 1024 ** 2
const LONGEST_PATH = 4096

/** What an entry is to be. */
export type Part =
  | { readonly kind: 'rows'; readonly table: string; readonly content: AsyncIterable<Buffer> }
  | {
      readonly kind: 'file'
      /** Below the data directory. */
      readonly path: string
      readonly entry: TarEntry
      readonly content: AsyncIterable<Buffer>
    }

export interface Checked {
  readonly manifest: Manifest
  /** Bytes of all files. */
  readonly fileBytes: number
  /** Bytes of all rows, in the form COPY has them. */
  readonly rowBytes: number
  /** Files and directories of agents that could not be read when it was made. */
  readonly unread: number
  /** Names at the top of the data directory. */
  readonly top: ReadonlySet<string>
}

/** Reads a whole backup without writing anything. Throws BACKUP for one that is cut off, was changed, or would reach outside. */
export async function checkBackup(file: string): Promise<Checked> {
  let found: Manifest | null = null
  let fileBytes = 0
  let rowBytes = 0
  const top = new Set<string>()
  const { unread } = await readBackup(file, {
    manifest: async (manifest) => {
      found = manifest
    },
    part: async (part) => {
      if (part.kind === 'rows') {
        for await (const piece of part.content) rowBytes += piece.length
        return
      }
      fileBytes += part.entry.size
      top.add(part.path.split('/')[0] ?? '')
    },
  })
  if (found === null) throw damaged('it has no manifest')
  return { manifest: found, fileBytes, rowBytes, unread, top }
}

interface Reader {
  readonly manifest: (manifest: Manifest) => Promise<void>
  readonly part: (part: Part) => Promise<void>
}

/** Hands over a backup part by part; returns its end when that has proven that all of it is as it was written. */
export async function readBackup(file: string, reader: Reader): Promise<End> {
  let manifest: Manifest | null = null
  let count = 0
  const places = new Places()
  for await (const read of readTar(bytesOf(file))) {
    const { entry } = read
    if (manifest === null) {
      if (entry.name !== NAMES.manifest) throw damaged('it does not begin with a manifest')
      manifest = parseManifest(await textOf(read))
      await reader.manifest(manifest)
    } else if (entry.name === NAMES.end) {
      const end = parseEnd(await textOf(read))
      if (end.sha256 !== read.digestBefore || end.entries !== count) throw damaged('its checksum is another')
      return end
    } else {
      await reader.part(partOf(read, manifest, places))
    }
    count += 1
  }
  throw damaged('it ends too early')
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file)
  const gunzip = createGunzip()
  // `pipe` alone would let the reader wait for ever for a file that cannot be read.
  source.on('error', (error) => gunzip.destroy(error))
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new OptioError('NOT_FOUND', `There is no file ${file}.`)
    if (code?.startsWith('Z_')) throw damaged('it is cut off or was changed')
    throw error
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

async function textOf({ entry, content }: ReadEntry): Promise<string> {
  if (entry.size > LARGEST_MANIFEST) throw damaged(`${entry.name} is larger than any`)
  const pieces: Buffer[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

function partOf({ entry, content }: ReadEntry, manifest: Manifest, places: Places): Part {
  if (entry.name.startsWith(NAMES.database)) {
    const [table = ''] = entry.name.slice(NAMES.database.length).split('/')
    if (!manifest.tables.some(({ name }) => name === table)) throw damaged('rows of a table it does not name')
    if (entry.kind !== 'file' || entry.size > LARGEST_DATABASE_PIECE) throw damaged('rows in a form none has')
    return { kind: 'rows', table, content }
  }
  if (!entry.name.startsWith(NAMES.files))
    throw damaged(`an entry ${JSON.stringify(entry.name.slice(0, 200))}`)
  const path = entry.name.slice(NAMES.files.length)
  places.accept(path, entry)
  return { kind: 'file', path, entry, content }
}

/**
 * Which places of an archive may be written to. Every path stays below the data directory, each directory is named before what is in it,
 * nothing is named twice, and nothing is below a link: so no entry can lead a later one outside.
 */
class Places {
  readonly #directories = new Set<string>([''])
  readonly #others = new Set<string>()

  accept(path: string, { kind }: TarEntry): void {
    const parts = path.split('/')
    const unsafe =
      path.length > LONGEST_PATH ||
      path.includes('\0') ||
      path.startsWith('/') ||
      parts.some((part) => part === '' || part === '.' || part === '..')
    if (unsafe) throw damaged(`an entry that leads out: ${JSON.stringify(path.slice(0, 200))}`)
    const parent = parts.slice(0, -1).join('/')
    const taken = this.#directories.has(path) || this.#others.has(path)
    if (taken || !this.#directories.has(parent)) {
      throw damaged(`an entry at a place where none can be: ${JSON.stringify(path.slice(0, 200))}`)
    }
    if (isLeftOut(parts[0] ?? '')) {
      throw damaged(`an entry that no backup has: ${JSON.stringify(path.slice(0, 200))}`)
    }
    if (kind === 'symlink' && !mayBeLink(path)) {
      throw damaged(`a link where Optio makes none: ${JSON.stringify(path.slice(0, 200))}`)
    }
    if (kind === 'directory') this.#directories.add(path)
    else this.#others.add(path)
  }
}
