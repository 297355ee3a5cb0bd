import { createHash } from 'node:crypto'
import { BLOCK, damaged, decodeHeader, decodePax, type TarEntry } from './tar-format.ts'

/** A long name or target is refused above this. */
const LARGEST_PAX = 64 * 1024

export interface ReadEntry {
  readonly entry: TarEntry
  /** SHA-256 of the archive before this entry's header, in hex. */
  readonly digestBefore: string
  /** Its bytes; what is left of them is passed over when the next entry is asked for. */
  readonly content: AsyncIterable<Buffer>
}

/** Reads an archive from a stream of its bytes, an entry at a time, with no more in memory than a piece of one. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry> {
  const input = new Input(source)
  for (;;) {
    const digestBefore = input.digest()
    const entry = await nextEntry(input)
    if (entry === null) return
    let left = entry.size
    async function* content(): AsyncGenerator<Buffer> {
      while (left > 0) {
        const piece = await input.some(left)
        left -= piece.length
        yield piece
      }
    }
    yield { entry, digestBefore, content: content() }
    while (left > 0) left -= (await input.some(left)).length
    await input.exactly((BLOCK - (entry.size % BLOCK)) % BLOCK)
  }
}

async function nextEntry(input: Input): Promise<TarEntry | null> {
  let more: ReturnType<typeof decodePax> = {}
  for (;;) {
    const header = decodeHeader(await input.exactly(BLOCK))
    if (header.kind === 'end') return null
    if (header.kind === 'entry') return { ...header.entry, ...more }
    if (header.size > LARGEST_PAX) throw damaged('a name that is longer than any')
    more = decodePax(await input.exactly(header.size))
    await input.exactly((BLOCK - (header.size % BLOCK)) % BLOCK)
  }
}

/** The bytes of the archive in the pieces they are needed in. */
class Input {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #hash = createHash('sha256')
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  digest(): string {
    return this.#hash.copy().digest('hex')
  }

  /** At least one byte and at most so many. */
  async some(most: number): Promise<Buffer> {
    if (this.#rest.length === 0) {
      const next = await this.#source.next()
      if (next.done) throw damaged('it ends too early')
      this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length)
    }
    const piece = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(piece.length)
    this.#hash.update(piece)
    return piece
  }

  async exactly(count: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for (let left = count; left > 0; ) {
      const piece = await this.some(left)
      pieces.push(piece)
      left -= piece.length
    }
    return Buffer.concat(pieces)
  }
}
