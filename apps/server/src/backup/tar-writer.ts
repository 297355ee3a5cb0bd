import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { BLOCK, damaged, encodeHeader, padding, type TarEntry } from './tar-format.ts'

/** Writes entries one after the other, and keeps the digest of everything written. */
export class TarWriter {
  readonly #sink: Writable
  readonly #hash = createHash('sha256')
  #bytes = 0
  #entries = 0

  constructor(sink: Writable) {
    this.#sink = sink
  }

  get entries(): number {
    return this.#entries
  }

  /** Bytes of the archive so far, before compression. */
  get bytes(): number {
    return this.#bytes
  }

  /** SHA-256 of the archive so far. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }

  /** The content has to yield exactly `entry.size` bytes. */
  async add(entry: TarEntry, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = []): Promise<void> {
    await this.#write(encodeHeader(entry))
    let written = 0
    for await (const chunk of content) {
      written += chunk.length
      await this.#write(chunk)
    }
    if (written !== entry.size) throw damaged(`${entry.name} has ${written} bytes instead of ${entry.size}`)
    await this.#write(padding(entry.size))
    this.#entries += 1
  }

  /** A file whose content is in memory. */
  async addBytes(name: string, content: Uint8Array, mtime: number): Promise<void> {
    await this.add({ kind: 'file', name, size: content.length, mode: 0o600, mtime, target: '' }, [content])
  }

  async end(): Promise<void> {
    await this.#write(Buffer.alloc(2 * BLOCK))
    this.#sink.end()
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return
    this.#hash.update(chunk)
    this.#bytes += chunk.length
    if (!this.#sink.write(chunk)) await once(this.#sink, 'drain')
  }
}
