import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareWords, type Range } from '../src/pages/task/pull-request/diff/intraline.ts'
import { languageOf } from '../src/pages/task/pull-request/diff/language-of.ts'
import { cutLine } from '../src/pages/task/pull-request/diff/segments.ts'

const words = fc
  .array(fc.constantFrom('a', 'bc', ' ', '(', ')', '😀', '_x1', 'é', '  ', '.'), { maxLength: 40 })
  .map((parts) => parts.join(''))
const text = fc.oneof(words, fc.string({ unit: 'grapheme', maxLength: 60 }))

function without(line: string, ranges: readonly Range[]): string {
  let rest = ''
  let at = 0
  for (const { start, end } of ranges) {
    rest += line.slice(at, start)
    at = end
  }
  return rest + line.slice(at)
}

describe('words that changed within a line', () => {
  it('leave the same text on both sides when they are taken away, and never cut a character', () => {
    fc.assert(
      fc.property(text, text, (removed, added) => {
        const change = compareWords(removed, added)
        if (change === null) return
        expect(without(removed, change.removed)).toBe(without(added, change.added))
        for (const [line, ranges] of [
          [removed, change.removed],
          [added, change.added],
        ] as const) {
          let last = -1
          for (const { start, end } of ranges) {
            expect(start).toBeGreaterThan(last)
            expect(end).toBeGreaterThan(start)
            expect(/\p{Surrogate}/u.test(line.slice(start, end))).toBe(false)
            last = end
          }
          expect(last).toBeLessThanOrEqual(line.length)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('are the words, not the whole line', () => {
    expect(compareWords('const a = old(1)', 'const a = fresh(1)')).toEqual({
      removed: [{ start: 10, end: 13 }],
      added: [{ start: 10, end: 15 }],
    })
  })

  it('are not looked for between lines that have nothing in common, or in endless ones', () => {
    expect(compareWords('alpha beta gamma', 'one two three')).toBeNull()
    expect(compareWords('a '.repeat(2_000), 'a '.repeat(2_001))).toBeNull()
    const began = performance.now()
    compareWords('a b '.repeat(499), 'b a '.repeat(499))
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})

describe('a line cut into pieces', () => {
  it('is the same line, with every mark and colour where it was', () => {
    const runs = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
      maxLength: 8,
    })
    const marks = fc
      .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 8 })
      .map((points) => points.sort((a, b) => a - b))
      .map((points) =>
        points.flatMap((start, i) =>
          i % 2 === 0 && points[i + 1] ? [{ start, end: points[i + 1] ?? start }] : [],
        ),
      )
    fc.assert(
      fc.property(text, runs, marks, (line, pairs, ranges) => {
        const segments = cutLine(line, pairs.flat(), ranges)
        expect(segments.map((segment) => segment.text).join('')).toBe(line)
        const kinds = pairs.flatMap(([length, kind]) => Array.from({ length }, () => kind))
        let at = 0
        for (const { text: piece, syntax, marked } of segments) {
          for (let i = at; i < at + piece.length; i += 1) {
            expect(kinds[i] ?? 0).toBe(syntax)
            expect(ranges.some(({ start, end }) => start <= i && i < end)).toBe(marked)
          }
          at += piece.length
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('the language of a file', () => {
  it('is read from its name alone', () => {
    expect(languageOf('src/deep/App.TSX')).toBe('tsx')
    expect(languageOf('Dockerfile')).toBe('docker')
    expect(languageOf('a/constructor')).toBeNull()
    expect(languageOf('a.__proto__')).toBeNull()
    expect(languageOf('no-extension')).toBeNull()
  })
})
