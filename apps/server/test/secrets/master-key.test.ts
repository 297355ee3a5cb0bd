import { link, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { processRedactor } from '../../src/redaction/process-redactor.ts'
import { KeyRing, type WrappedKey } from '../../src/secrets/key-ring.ts'
import { putGlobal, readValue, SecretPlace, thrown, WORKSPACE } from './support.ts'

const HEX = 'ab'.repeat(32)
const BASE64 = Buffer.alloc(32, 7).toString('base64')
const PASSPHRASE = 'correct horse battery staple and more of it'

let place: SecretPlace
beforeEach(async () => {
  place = await SecretPlace.make()
})
afterEach(() => place.close())

const keyFile = () => join(place.dataDir, 'encryption-key')

describe('the key file', () => {
  test('is made at the first start for its owner only, once for all who start at the same time', async () => {
    const stores = await Promise.all([place.open(), place.open(), place.open()])
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600)
    expect(await readFile(keyFile(), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(await place.rows('select id, state from encryption_keys')).toEqual([{ id: 'k1', state: 'active' }])
    for (const [i, store] of stores.entries()) await putGlobal(store, `NAME_${i}`, `a value ${i}`)
    for (const store of stores) expect(await readValue(store, 'NAME_2')).toBe('a value 2')
  })

  test('that was made by a process that was killed over it is there once after the next start', async () => {
    await putGlobal(await place.open(), 'NAME', 'the value')
    await link(keyFile(), `${keyFile()}.0123456789ab`)
    await writeFile(`${keyFile()}.of-a-person`, 'kept')
    const stores = await Promise.all([place.open(), place.open()])
    for (const store of stores) expect(await readValue(store, 'NAME')).toBe('the value')
    expect((await readdir(place.dataDir)).sort()).toEqual(['encryption-key', 'encryption-key.of-a-person'])
  })

  test('that is lost is said in words; only what needs it fails, and it is not replaced by itself', async () => {
    await putGlobal(await place.open(), 'NAME', 'the old value')
    await rm(keyFile())
    const secrets = await place.open()
    expect(place.logged.join('')).toMatch(/encryption key .* is missing.*rotate-key/)
    await expect(stat(keyFile())).rejects.toThrow('ENOENT')
    for (const attempt of [
      () => readValue(secrets, 'NAME'),
      () => putGlobal(secrets, 'OTHER', 'a new value'),
    ]) {
      expect(await thrown(attempt)).toMatchObject({ code: 'SECRET_UNREADABLE' })
    }
    expect(await secrets.values()).toEqual([])
    expect(await readValue(secrets, 'NOBODYS')).toBeNull()
    await secrets.remove(
      { workspaceId: WORKSPACE, scope: 'global', repositoryId: null, userId: null },
      'NAME',
      'ann',
    )
  })

  test('that is lost while nothing is encrypted is made anew', async () => {
    await place.open()
    await rm(keyFile())
    const secrets = await place.open()
    await putGlobal(secrets, 'NAME', 'the value')
    expect(await readValue(await place.open(), 'NAME')).toBe('the value')
  })

  test('that is put back is found without a start', async () => {
    await putGlobal(await place.open(), 'NAME', 'the value')
    const kept = await readFile(keyFile(), 'utf8')
    await rm(keyFile())
    const secrets = await place.open()
    expect(await thrown(() => readValue(secrets, 'NAME'))).toMatchObject({ code: 'SECRET_UNREADABLE' })
    await writeFile(keyFile(), kept)
    expect(await readValue(secrets, 'NAME')).toBe('the value')
  })

  test('that is lost for good is made anew when a person asks for another key; what is saved then reads', async () => {
    await putGlobal(await place.open(), 'NAME', 'the old value')
    const kept = await readFile(keyFile(), 'utf8')
    await rm(keyFile())
    const secrets = await place.open()
    await secrets.rotateKey(WORKSPACE, 'ann')
    await putGlobal(secrets, 'OTHER', 'the other value')
    expect(await readValue(secrets, 'OTHER')).toBe('the other value')
    expect(await thrown(() => readValue(secrets, 'NAME'))).toMatchObject({ code: 'SECRET_UNREADABLE' })
    // Found after all: both lines together read everything, and a rotation needs only the first.
    await writeFile(keyFile(), (await readFile(keyFile(), 'utf8')) + kept)
    expect(await readValue(secrets, 'NAME')).toBe('the old value')
    await secrets.rotateKey(WORKSPACE, 'ann')
    expect(await place.rows('select state from encryption_keys')).toEqual([{ state: 'active' }])
  })
})

describe('a master key is taken out of what is said', () => {
  const said = (text: string) => processRedactor.redact(`key=${text}.`)

  test('where it is in the file, also one that is made later', async () => {
    const secrets = await place.open()
    const first = (await readFile(keyFile(), 'utf8')).trim()
    expect(said(first)).toBe('key=[redacted].')
    await rm(keyFile())
    await secrets.rotateKey(WORKSPACE, 'ann')
    const second = (await readFile(keyFile(), 'utf8')).trim()
    expect(second).not.toBe(first)
    expect(said(second)).toBe('key=[redacted].')
  })

  test('where it is one of several in the variable', async () => {
    const one = 'c4'.repeat(32)
    const other = 'a passphrase that is only used by this one test'
    const variable = `${one}, ${other}`
    await place.open(variable, { OPTIO_ENCRYPTION_KEY: variable })
    expect(said(one)).toBe('key=[redacted].')
    expect(said(other)).toBe('key=[redacted].')
  })
})

test('a data key with any byte changed, or under another name, is not decrypted', async () => {
  await place.open()
  const source = { variable: null, dataDir: place.dataDir }
  const [row] = await place.rows<{ id: string; master_id: string; wrapped: Buffer }>(
    'select id, master_id, wrapped from encryption_keys',
  )
  if (row === undefined) throw new Error('there is no key')
  const { id, master_id: masterId, wrapped } = row
  const open = (key: WrappedKey) => new KeyRing({ database: place.database, source }).open(key)
  expect(await open({ id, masterId, wrapped })).toHaveLength(32)
  expect(await open({ id: 'k2', masterId, wrapped })).toBeNull()
  for (let at = 0; at < wrapped.length; at++) {
    const changed = Buffer.from(wrapped)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(await open({ id, masterId, wrapped: changed })).toBeNull()
  }
})

describe('OPTIO_ENCRYPTION_KEY', () => {
  test.each([
    ['hexadecimal digits', HEX],
    ['base64', BASE64],
    ['a passphrase', PASSPHRASE],
  ])('is taken as %s, and no file is made', async (_name, variable) => {
    await putGlobal(await place.open(variable), 'NAME', 'the value')
    expect(await readValue(await place.open(variable), 'NAME')).toBe('the value')
    await expect(stat(keyFile())).rejects.toThrow('ENOENT')
  })

  test('is replaced by naming the new one before the old, and rotating', async () => {
    await putGlobal(await place.open(HEX), 'NAME', 'the value')
    const both = await place.open(`${PASSPHRASE}, ${HEX}`)
    expect(await readValue(both, 'NAME')).toBe('the value')
    await both.rotateKey(WORKSPACE, 'ann')
    const alone = await place.open(PASSPHRASE)
    expect(await readValue(alone, 'NAME')).toBe('the value')
  })

  test.each(['brief', 'ab'.repeat(15), ' , '])(
    'that is no key (%j) ends the start, and is not quoted',
    async (variable) => {
      const error = await thrown(() => place.open(variable))
      expect(error).toMatchObject({
        code: 'CONFIG',
        message: expect.stringContaining('OPTIO_ENCRYPTION_KEY'),
      })
      if (variable.trim().length > 3) expect(String(error)).not.toContain(variable)
    },
  )
})
