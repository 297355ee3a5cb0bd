import { createHash, randomBytes, scryptSync } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import { removeLeftovers, writeOnce } from '../platform/write-once.ts'
import { KEY_BYTES } from './sealing.ts'

/** Encrypts the keys that secrets are encrypted with. */
export interface MasterKey {
  /** Part of its fingerprint: says which key something was encrypted with, and nothing of the key. */
  readonly id: string
  readonly bytes: Buffer
}

export interface MasterKeys {
  readonly source: 'environment' | 'file'
  /** Where they are, for people. */
  readonly place: string
  /** The first encrypts, all decrypt. Empty when the file is gone. */
  readonly keys: readonly MasterKey[]
}

/** Where the master keys come from: the variable, or a file that is made when it is needed. */
export interface MasterKeySource {
  /** `OPTIO_ENCRYPTION_KEY`; null when it is not set. */
  readonly variable: string | null
  readonly dataDir: string
}

export const KEY_FILE = 'encryption-key'
const FINGERPRINT = 12
const SHORTEST_PASSPHRASE = 32

/**
 * The master keys as they are now, read anew each time: a file that was put back is found. Throws CONFIG for a variable or a file that
 * holds no keys.
 */
export async function readMasterKeys(source: MasterKeySource): Promise<MasterKeys> {
  const { place, texts } = await readTexts(source)
  return {
    source: source.variable === null ? 'file' : 'environment',
    place,
    keys: texts === null ? [] : parseKeys(texts, place),
  }
}

/** The master keys as they are written, each by itself; none when the file is gone. Throws CONFIG for a file that cannot be read. */
export async function readKeyTexts(source: MasterKeySource): Promise<readonly string[]> {
  return (await readTexts(source)).texts ?? []
}

/** Null when the file is gone. */
async function readTexts({
  variable,
  dataDir,
}: MasterKeySource): Promise<{ readonly place: string; readonly texts: readonly string[] | null }> {
  if (variable !== null) return { place: 'OPTIO_ENCRYPTION_KEY', texts: partsOf(variable, ',') }
  const place = join(dataDir, KEY_FILE)
  const text = await readFile(place, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new OptioError('CONFIG', `The encryption key ${place} cannot be read (${error.code}).`)
  })
  return { place, texts: text === null ? null : partsOf(text, '\n') }
}

function partsOf(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Makes the key file, for its owner only, unless there is one; of several processes at once one does. */
export async function makeKeyFile(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await writeOnce(join(dataDir, KEY_FILE), `${randomBytes(KEY_BYTES).toString('hex')}\n`)
}

/** Whether a name at the top of a data directory is that of the key file, or of what was left of making it: a copy of it. */
export function isOfKeyFile(name: string): boolean {
  return name === KEY_FILE || name.startsWith(`${KEY_FILE}.`)
}

/** Deletes what processes that were killed have left of making the key file. */
export async function removeKeyLeftovers(dataDir: string): Promise<void> {
  await removeLeftovers(join(dataDir, KEY_FILE))
}

function parseKeys(given: readonly string[], place: string): MasterKey[] {
  if (given.length === 0) throw new OptioError('CONFIG', `${place} holds no key. ${HOW}`)
  return given.map((text) => {
    const bytes = keyOf(text)
    if (bytes === null) throw new OptioError('CONFIG', `A key in ${place} is too short. ${HOW}`)
    const id = createHash('sha256').update(bytes).digest('hex').slice(0, FINGERPRINT)
    return { id, bytes }
  })
}

const HOW = `Give 64 hexadecimal digits (\`openssl rand -hex 32\` makes them), base64 of 32 bytes, or a passphrase of at least ${SHORTEST_PASSPHRASE} characters.`

/** The same for every installation: a salt that is kept could be lost apart from the passphrase. The length has to make up for it. */
const SALT = 'optio encryption key'
/** 64 MiB and some 200 ms: RFC 7914 with N = 2^16, r = 8, p = 1. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 ** 2 }

const derived = new Map<string, Buffer>()

function keyOf(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64')
  if (text.length < SHORTEST_PASSPHRASE) return null
  const key = derived.get(text) ?? scryptSync(text.normalize(), SALT, KEY_BYTES, SCRYPT)
  derived.set(text, key)
  return key
}
