import { expect, test } from 'vitest'
import { createRecentlyRead } from '../../src/features/recently-read.ts'

test('what was read is answered for a second, and each key has its own', async () => {
  let now = 0
  let readings = 0
  const recently = createRecentlyRead<number>(() => now)
  const read = async (key: string) => await recently(key, async () => ++readings)
  expect(await Promise.all([read('a'), read('a'), read('b')])).toEqual([1, 1, 2])
  now = 999
  expect(await read('a')).toBe(1)
  now = 1_000
  expect(await read('a')).toBe(3)
  expect(await read('a')).toBe(3)
})

test('a failure is told to those who wait for it, and to nobody later', async () => {
  const recently = createRecentlyRead<string>(() => 0)
  const fails = () => Promise.reject(new Error('no'))
  const first = recently('a', fails)
  const beside = recently('a', async () => 'not asked')
  await expect(first).rejects.toThrow('no')
  await expect(beside).rejects.toThrow('no')
  expect(await recently('a', async () => 'yes')).toBe('yes')
})

test('so many keys are remembered, and reading one of them again forgets no other', async () => {
  let now = 0
  let readings = 0
  const recently = createRecentlyRead<number>(() => now, 2)
  const read = async (key: string) => await recently(key, async () => ++readings)
  await read('a')
  now = 600
  await read('b')
  now = 1_000
  await read('a')
  expect(await read('b')).toBe(2)
  await read('c')
  expect(await read('b')).toBe(5)
})
