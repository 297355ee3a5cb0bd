import { describe, expect, it } from 'vitest'
import { createBatchedLookup } from '../../src/database/batched.ts'

/** Reads that a test lets end one by one. */
function heldReads() {
  const reads: { keys: readonly string[]; end: (found?: Map<string, string>) => void; fail: () => void }[] =
    []
  const look = createBatchedLookup<string>(
    (keys) =>
      new Promise((resolve, reject) => {
        const end = (found = new Map(keys.map((key) => [key, `the ${key}`]))) => resolve(found)
        reads.push({ keys, end, fail: () => reject(new Error('gone')) })
      }),
  )
  return { reads, look }
}

describe('a batched lookup', () => {
  it('serves the first at once, and all who ask meanwhile with one read that begins after they asked', async () => {
    const { reads, look } = heldReads()
    const first = look('a')
    const others = [look('b'), look('a'), look('c'), look('b')]
    expect(reads.map(({ keys }) => keys)).toEqual([['a']])
    reads[0]?.end()
    expect(await first).toBe('the a')
    expect(reads[1]?.keys).toEqual(['b', 'a', 'c'])
    reads[1]?.end(new Map([['b', 'B']]))
    expect(await Promise.all(others)).toEqual(['B', null, null, 'B'])
    const last = look('a')
    expect(reads[2]?.keys).toEqual(['a'])
    reads[2]?.end()
    expect(await last).toBe('the a')
  })

  it('tells those of a read that failed, and goes on with the others', async () => {
    const { reads, look } = heldReads()
    const first = look('a')
    const second = look('b')
    reads[0]?.fail()
    await expect(first).rejects.toThrow('gone')
    reads[1]?.end()
    expect(await second).toBe('the b')
  })
})
