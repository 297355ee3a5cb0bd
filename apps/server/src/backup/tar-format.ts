import { OptioError } from '@optio/contract'

/**
 * The part of the tar format that a backup uses: ustar headers (POSIX.1-1988), with a pax header (POSIX.1-2001) before an entry whose
 * name, link or size does not fit. Any tar program can list and extract what is written here; what is read here is only this.
 */
export interface TarEntry {
  readonly kind: 'file' | 'symlink' | 'directory'
  /** With forward slashes, relative. */
  readonly name: string
  /** Bytes of content; 0 for anything but a file. */
  readonly size: number
  readonly mode: number
  /** Seconds since the epoch. */
  readonly mtime: number
  /** Where a symlink leads; empty for anything else. */
  readonly target: string
}

export const BLOCK = 512

const TYPES = { file: '0', symlink: '2', directory: '5' } as const
const PAX = 'x'
const LARGEST_OCTAL = 8 ** 11 - 1
const LONGEST_NAME = 100

/** The header of an entry: one block, or three and more where a pax header is needed. */
export function encodeHeader(entry: TarEntry): Buffer {
  const records = [
    ...(fits(entry.name) ? [] : [record('path', entry.name)]),
    ...(fits(entry.target) ? [] : [record('linkpath', entry.target)]),
    ...(entry.size <= LARGEST_OCTAL ? [] : [record('size', String(entry.size))]),
  ]
  const own = block({ ...entry, size: Math.min(entry.size, LARGEST_OCTAL) }, TYPES[entry.kind])
  if (records.length === 0) return own
  const content = Buffer.concat(records)
  const pax = block({ ...entry, name: 'pax', target: '', size: content.length }, PAX)
  return Buffer.concat([pax, content, padding(content.length), own])
}

/** Zeros up to the end of the block. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= LONGEST_NAME && /^[\x20-\x7e]*$/.test(text)
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function record(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + String(bytes).length
  if (String(length).length !== String(bytes).length) length = bytes + String(length).length
  return Buffer.from(`${length}${rest}`)
}

function block(entry: TarEntry, type: string): Buffer {
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number) =>
    header.write(
      `${Math.max(0, Math.trunc(value))
        .toString(8)
        .padStart(length - 1, '0')}\0`,
      at,
      'latin1',
    )
  header.write(fits(entry.name) ? entry.name : 'long-name', 0, LONGEST_NAME, 'latin1')
  octal(entry.mode & 0o777, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(entry.size, 124, 12)
  octal(Math.min(entry.mtime, LARGEST_OCTAL), 136, 12)
  header.write(type, 156, 'latin1')
  header.write(fits(entry.target) ? entry.target : 'long-target', 157, LONGEST_NAME, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

/** The sum of the header's bytes, with its own field taken as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}

export type RawHeader =
  | { readonly kind: 'pax'; readonly size: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'entry'; readonly entry: TarEntry }

/** Reads one block. Throws VALIDATION for what no backup holds: devices, hard links, a wrong checksum. */
export function decodeHeader(header: Buffer): RawHeader {
  if (header.every((byte) => byte === 0)) return { kind: 'end' }
  const field = (at: number, length: number) => {
    const text = header.toString('latin1', at, at + length)
    const end = text.indexOf('\0')
    return end < 0 ? text : text.slice(0, end)
  }
  const octal = (at: number, length: number) => {
    const text = field(at, length).trim()
    if (!/^[0-7]{1,12}$/.test(text)) throw damaged('a number in a header cannot be read')
    return Number.parseInt(text, 8)
  }
  if (octal(148, 8) !== checksum(header)) throw damaged('a header has another checksum than it says')
  const type = field(156, 1)
  const size = octal(124, 12)
  if (type === PAX) return { kind: 'pax', size }
  const kind = (Object.keys(TYPES) as (keyof typeof TYPES)[]).find((each) => TYPES[each] === type)
  if (kind === undefined) throw damaged(`an entry of type ${JSON.stringify(type)}, which no backup has`)
  if (kind !== 'file' && size !== 0) throw damaged(`a ${kind} with content`)
  return {
    kind: 'entry',
    entry: {
      kind,
      name: field(0, LONGEST_NAME),
      size,
      mode: octal(100, 8),
      mtime: octal(136, 12),
      target: field(157, LONGEST_NAME),
    },
  }
}

/** What a pax header says of the entry after it. */
export function decodePax(content: Buffer): Partial<Pick<TarEntry, 'name' | 'target' | 'size'>> {
  const found: { name?: string; target?: string; size?: number } = {}
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const length = Number(content.toString('latin1', at, space))
    const isLength = space > at && Number.isSafeInteger(length) && length > space - at + 1
    if (!isLength || at + length > content.length) throw damaged('a long name cannot be read')
    const text = content.toString('utf8', space + 1, at + length - 1)
    const equals = text.indexOf('=')
    const [key, value] = [text.slice(0, equals), text.slice(equals + 1)]
    if (key === 'path') found.name = value
    else if (key === 'linkpath') found.target = value
    else if (key === 'size' && /^\d{1,15}$/.test(value)) found.size = Number(value)
    else throw damaged(`a header field ${JSON.stringify(key.slice(0, 50))}, which no backup has`)
    at += length
  }
  return found
}

export function damaged(what: string): OptioError {
  return new OptioError(
    'BACKUP',
    `This file is no whole backup of Optio: ${what}. Nothing was changed. Use another copy of it.`,
  )
}
