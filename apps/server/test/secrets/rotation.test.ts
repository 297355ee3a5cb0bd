import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rotateKeys } from '../../src/secrets/rotation.ts'
import { runTypeScript } from '../support/typescript-process.ts'
import { putGlobal, readValue, SecretPlace, WORKSPACE } from './support.ts'

const KILLS = Number(process.env.OPTIO_TEST_KILLS ?? 30)
const AT_ONCE = 5
const LATEST_MS = 800
const SECRETS = 250

let place: SecretPlace
beforeEach(async () => {
  place = await SecretPlace.make()
})
afterEach(() => place.close())

interface KeyRow {
  readonly id: string
  readonly state: string
}
const keyRows = () => place.rows<KeyRow>('select id, state from encryption_keys order by id')

/** Many rows at once: copies that are sealed each by itself. */
async function putMany(count: number) {
  const secrets = await place.open()
  for (let i = 0; i < count; i++) await putGlobal(secrets, `NAME_${i}`, `the value number ${i}`)
  return secrets
}

test('after a rotation everything is encrypted with one new key, and reads as before', async () => {
  const secrets = await putMany(5)
  const before = await place.rows<{ sealed: Buffer }>('select sealed from secrets order by id')
  await secrets.rotateKey(WORKSPACE, 'ann')
  expect(await keyRows()).toEqual([{ id: 'k2', state: 'active' }])
  expect(await place.rows('select distinct key_id from secrets')).toEqual([{ key_id: 'k2' }])
  const after = await place.rows<{ sealed: Buffer }>('select sealed from secrets order by id')
  for (const [i, { sealed }] of after.entries())
    expect(sealed.equals(before[i]?.sealed ?? sealed)).toBe(false)
  for (let i = 0; i < 5; i++) expect(await readValue(secrets, `NAME_${i}`)).toBe(`the value number ${i}`)
  expect(await place.rows(`select type, actor from events`)).toContainEqual({
    type: 'secrets:key_rotated',
    actor: 'ann',
  })
})

test('whoever saves, reads and rotates at the same time finds what was saved last', async () => {
  const [one, other] = [await place.open(), await place.open()]
  await putGlobal(one, 'COUNTER', 'the value number 0')
  const rotating = (async () => {
    for (let i = 0; i < 8; i++) await other.rotateKey(WORKSPACE, 'ben')
  })()
  for (let i = 1; i <= 40; i++) {
    await putGlobal(one, 'COUNTER', `the value number ${i}`)
    expect(await readValue(i % 2 === 0 ? one : other, 'COUNTER')).toBe(`the value number ${i}`)
  }
  await rotating
  expect(await readValue(other, 'COUNTER')).toBe('the value number 40')
  expect(await keyRows()).toHaveLength(1)
})

test('a rotation that is killed at any instant leaves every secret readable, and the next goes on to one key', async () => {
  const secrets = await putMany(SECRETS)
  const seen = new Set<number>()
  for (let kills = 0; kills < KILLS; kills += AT_ONCE) {
    const rotating = Array.from({ length: AT_ONCE }, () =>
      runTypeScript('rotate-keys.ts', [place.store.url, place.dataDir]),
    )
    try {
      for (const each of rotating) await each.next()
    } finally {
      await Promise.all(
        rotating.map(async (each) => {
          await sleep(Math.random() * LATEST_MS)
          await each.kill()
        }),
      )
    }
    const held = await place.rows('select distinct key_id from secrets')
    seen.add(held.length)
    const values = new Map((await secrets.values()).map(({ name, value }) => [name, value]))
    for (let i = 0; i < SECRETS; i++) expect(values.get(`NAME_${i}`)).toBe(`the value number ${i}`)
  }
  // Some of the kills have met a rotation half way, else this has tested nothing.
  expect(seen).toContain(2)
  await rotateKeys({ database: place.database, keys: secrets.keys })
  const [only, ...others] = await keyRows()
  expect(only?.state).toBe('active')
  expect(others).toEqual([])
  expect(await place.rows('select distinct key_id from secrets')).toEqual([{ key_id: only?.id }])
}, 300_000)

test('what was broken off is gone on with, without another key', async () => {
  const secrets = await putMany(3)
  await place.database.transaction((tx) => secrets.keys.replaceActive(tx))
  expect(await keyRows()).toHaveLength(2)
  await secrets.rotateKey(WORKSPACE, 'ann')
  expect(await keyRows()).toEqual([{ id: 'k2', state: 'active' }])
})

test('a row that was changed is left with its key, and holds up no other', async () => {
  const secrets = await putMany(3)
  await place.rows(`update secrets set name = 'MOVED' where name = 'NAME_1'`)
  await secrets.rotateKey(WORKSPACE, 'ann')
  expect(await place.rows('select name, key_id from secrets order by name')).toEqual([
    { name: 'MOVED', key_id: 'k1' },
    { name: 'NAME_0', key_id: 'k2' },
    { name: 'NAME_2', key_id: 'k2' },
  ])
  // Put back, it reads again: nothing was lost.
  await place.rows(`update secrets set name = 'NAME_1' where name = 'MOVED'`)
  expect(await readValue(secrets, 'NAME_1')).toBe('the value number 1')
})
