import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EncryptionStatus, Secret } from '@optio/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Place } from './support/place.ts'

const VALUE = 'a-value that/nobody "may" see'

let place: Place
beforeAll(async () => {
  place = await Place.make()
  await place.startServer()
  await place.repository('sample')
  expect(await place.optio(['repo', 'add', 'sample', '--agent-command', 'true'])).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await place?.close()
})

const list = async (...args: string[]) =>
  (await place.json<{ secrets: Secret[] }>(['secret', 'list', ...args])).secrets

it('saves a secret from a pipe or a file, lists it without its value, and deletes it', async () => {
  const piped = await place.optio(['secret', 'set', 'NPM_TOKEN'], { input: `${VALUE}\n` })
  expect(piped).toMatchObject({ code: 0, out: '', err: 'Saved NPM_TOKEN (global).\n' })
  writeFileSync(join(place.root, 'value'), `${VALUE}\n`)
  const filed = ['secret', 'set', 'NPM_TOKEN', '--file', 'value', '--repo', 'sample']
  expect(await place.optio(filed)).toMatchObject({ code: 0 })
  expect((await list()).map(({ name, readable }) => [name, readable])).toEqual([
    ['NPM_TOKEN', true],
    ['NPM_TOKEN', true],
  ])
  expect(await list('--repo', 'sample')).toHaveLength(1)
  const shown = await place.optio(['secret', 'list'])
  expect(shown.out).toMatch(/NPM_TOKEN +global/)
  expect(shown.out + JSON.stringify(await list())).not.toContain('nobody')

  expect(await place.optio(['secret', 'remove', 'NPM_TOKEN'])).toMatchObject({ code: 2 })
  expect(await place.optio(['secret', 'remove', 'NPM_TOKEN', '--yes'])).toMatchObject({ code: 0 })
  expect(await place.optio(['secret', 'remove', 'NPM_TOKEN', '--yes'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('NPM_TOKEN'),
  })
  expect(await list()).toHaveLength(1)
})

it('takes no value as an argument, and saves no empty one', async () => {
  expect(await place.optio(['secret', 'set', 'ANY', VALUE])).toMatchObject({ code: 2, out: '' })
  expect(await place.optio(['secret', 'set', 'ANY'], { input: '\n' })).toMatchObject({
    code: 2,
    err: expect.stringContaining('nothing was saved'),
  })
  expect(await place.optio(['secret', 'set', 'lower'], { input: VALUE })).toMatchObject({ code: 2 })
  expect(await list('--user')).toEqual([])
})

it('encrypts them with a new key, by either name of the command', async () => {
  await place.optio(['secret', 'set', 'KEPT', '--user'], { input: VALUE })
  const before = await place.json<{ encryption: EncryptionStatus }>(['secret', 'encryption'])
  const after = await place.json<{ encryption: EncryptionStatus }>(['secrets', 'rotate-key'])
  expect(after.encryption.activeKeyId).not.toBe(before.encryption.activeKeyId)
  expect(after.encryption.secretsOfOlderKeys).toBe(0)
  expect((await place.optio(['secrets', 'rotate-key'])).out).toContain('file encryption-key')
  expect((await list('--user')).map(({ readable }) => readable)).toEqual([true])
})
