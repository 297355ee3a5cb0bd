import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { diskSpace, isDiskFull, treeSize } from '../../src/index.ts'

const root = mkdtempSync(join(tmpdir(), 'optio-process-disk-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('the size of a tree counts every file once, follows no link and bears what is missing', async () => {
  mkdirSync(join(root, 'a', 'b'), { recursive: true })
  const empty = await treeSize(root)
  expect(empty).toMatchObject({ entries: 3, complete: true })
  writeFileSync(join(root, 'a', 'file'), Buffer.alloc(1 << 20, 1))
  linkSync(join(root, 'a', 'file'), join(root, 'a', 'b', 'again'))
  symlinkSync('/', join(root, 'a', 'everything'))
  const size = await treeSize(root)
  expect(size.bytes - empty.bytes).toBeGreaterThanOrEqual(1 << 20)
  expect(size.bytes - empty.bytes).toBeLessThan((1 << 20) + 32_768)
  expect(size).toMatchObject({ entries: 6, complete: true })
  expect(await treeSize(join(root, 'missing'))).toEqual({ bytes: 0, entries: 0, complete: true })
})

test('the size of a tree that is too large is a lower bound, and says so', async () => {
  mkdirSync(join(root, 'many'))
  for (let index = 0; index < 100; index += 1) writeFileSync(join(root, 'many', String(index)), '')
  expect(await treeSize(join(root, 'many'), { maxEntries: 50 })).toMatchObject({
    entries: 50,
    complete: false,
  })
})

test('free space is that of the file system of the path', async () => {
  const { freeBytes, totalBytes } = await diskSpace(root)
  expect(freeBytes).toBeGreaterThan(0)
  expect(totalBytes).toBeGreaterThanOrEqual(freeBytes)
  await expect(diskSpace(join(root, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a full disk is recognised, also as the cause of another error', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' })
  expect(isDiskFull(full)).toBe(true)
  expect(isDiskFull(new Error('outer', { cause: full }))).toBe(true)
  expect(isDiskFull(Object.assign(new Error('write'), { code: 'EDQUOT' }))).toBe(true)
  expect(isDiskFull(Object.assign(new Error('write'), { code: 'EIO' }))).toBe(false)
  expect(isDiskFull('ENOSPC')).toBe(false)
})
