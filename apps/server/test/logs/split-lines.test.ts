import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChangeWatch } from '../../src/features/logs/ingest/change-watch.ts'
import { type Line, splitLines } from '../../src/features/logs/ingest/split-lines.ts'
import { cutText, storableText, wholeCharacters } from '../../src/features/logs/storable.ts'
import { scratchDirectories } from './support.ts'

const LIMIT = 16
const scratchDirectory = scratchDirectories()

/** Reads a file that has the given sizes one after the other, as a follower does: from a stored position, a window at a time. */
function readGrowing(bytes: Buffer, sizes: readonly number[]): Line[] {
  const lines: Line[] = []
  let offset = 0
  let midLine = false
  for (const [index, size] of [...sizes, bytes.length].entries()) {
    for (;;) {
      const window = bytes.subarray(offset, Math.min(size, offset + LIMIT))
      const final = index === sizes.length && offset + window.length === bytes.length
      const split = splitLines(window, { midLine, final, limit: LIMIT })
      lines.push(...split.lines)
      offset += split.consumed
      midLine = split.midLine
      if (split.consumed === 0) break
    }
  }
  expect(offset).toBe(bytes.length)
  return lines
}

const output = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\r\n', 'ä', '€', '😀', 'x'.repeat(40)),
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
    ),
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))))

test('the entries are the same however the output grows and wherever reading stops and goes on', () => {
  fc.assert(
    fc.property(output, fc.array(fc.nat({ max: 200 })), (bytes, growth) => {
      const sizes = growth.map((size) => Math.min(size, bytes.length)).sort((a, b) => a - b)
      expect(readGrowing(bytes, sizes)).toEqual(readGrowing(bytes, []))
    }),
    { numRuns: 1_000 },
  )
})

test('pieces joined, the lines are those of the text, and no character of it is torn', () => {
  const text = fc
    .array(fc.constantFrom('a', 'ä', '€', '😀', '\n', 'x'.repeat(20)))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (whole) => {
      const joined = readGrowing(Buffer.from(whole), [])
        .map(({ text: words, piece }) => (piece === 'start' || piece === 'middle' ? words : `${words}\n`))
        .join('')
      const expected = whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`
      // A last line that ends exactly with a piece has no end of its own.
      expect(joined.endsWith('\n') || joined === '' ? joined : `${joined}\n`).toBe(expected)
    }),
    { numRuns: 1_000 },
  )
})

test('a megabyte of line ends is not a million entries at once', () => {
  const { lines, consumed } = splitLines(Buffer.alloc(1024 * 1024, '\n'), { midLine: false, final: true })
  expect(lines.length).toBeLessThanOrEqual(4_000)
  expect(consumed).toBe(lines.length)
})

test('text is cut between two characters, never longer than allowed, and whatever it is it can be stored', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: 50 }), (text, limit) => {
      const storable = storableText(text)
      expect(storable).not.toMatch(/[\0\p{Surrogate}]/u)
      const bytes = Buffer.from(storable)
      const end = wholeCharacters(bytes, Math.min(limit, bytes.length))
      const kept = bytes.toString('utf8', 0, end)
      expect(storable.startsWith(kept)).toBe(true)
      expect(cutText(storable, limit).startsWith(kept)).toBe(true)
      expect(Math.min(limit, bytes.length) - end).toBeLessThan(4)
    }),
  )
})

test('waiting ends at a change, also one before the wait; without a directory it ends in time', async () => {
  const dir = await scratchDirectory()
  const never = new AbortController().signal
  const watch = new ChangeWatch(dir)
  const waiting = watch.wait(60_000, never)
  writeFileSync(join(dir, 'out'), 'x')
  await waiting
  expect(watch.changed).toBe(true)
  await watch.wait(60_000, never)
  watch.close()

  const stop = new AbortController()
  mkdirSync(join(dir, 'quiet'))
  const quiet = new ChangeWatch(join(dir, 'quiet'))
  const stopped = quiet.wait(60_000, stop.signal)
  stop.abort()
  await stopped
  quiet.close()

  const nowhere = new ChangeWatch(join(dir, 'nowhere'))
  await nowhere.wait(10, never)
  nowhere.close()
})
