import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutContent } from '../src/pages/task/log/cut-content.ts'
import { stopwatch } from '../src/pages/task/log/entry-time.tsx'
import { partsOf } from '../src/pages/task/log/highlight.ts'
import { withoutColours } from '../src/pages/task/log/sgr.ts'

describe('long contents', () => {
  it('are cut at a line, and never in the middle of a character', () => {
    expect(cutContent('a\nb\nc\n', { lines: 2, characters: 100 })).toEqual({
      shown: 'a\nb',
      lines: 3,
      isCut: true,
    })
    expect(cutContent('a\nb\nc\n', { lines: 3, characters: 100 })).toEqual({
      shown: 'a\nb\nc',
      lines: 3,
      isCut: false,
    })
    expect(cutContent('ab😀cd', { lines: 1, characters: 3 }).shown).toBe('ab')
    expect(cutContent('', { lines: 1, characters: 3 })).toEqual({ shown: '', lines: 1, isCut: false })
  })

  it('what is shown is the beginning of the text, within the limits, and all of it where it fits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 20 }),
        (text, lines, characters) => {
          const cut = cutContent(text, { lines, characters })
          expect(text.startsWith(cut.shown)).toBe(true)
          expect(cut.shown.length).toBeLessThanOrEqual(characters)
          expect(cut.shown.split('\n').length).toBeLessThanOrEqual(lines)
          if (!cut.isCut) expect([text, text.replace(/\n$/, '')]).toContain(cut.shown)
        },
      ),
    )
  })
})

describe('words that are looked for', () => {
  it('are marked whatever their case, and nothing of the text is lost', () => {
    const text = 'Error: an ERROR (error) <error>'
    const parts = partsOf(text, 'error')
    expect(parts.map((part) => part.text).join('')).toBe(text)
    expect(parts.filter((part) => part.isHit).map((part) => part.text)).toEqual([
      'Error',
      'ERROR',
      'error',
      'error',
    ])
  })

  it('are words, not a pattern', () => {
    expect(partsOf('a.c abc', 'a.c').filter((part) => part.isHit)).toHaveLength(1)
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, words) => {
        expect(
          partsOf(text, words)
            .map((part) => part.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })
})

describe('what programs write for terminals', () => {
  it('colours are taken out; what would steer a terminal stays, to be seen', () => {
    expect(withoutColours('\u001b[1;31mred\u001b[0m')).toBe('red')
    expect(withoutColours('\u001b[2J\u001b]0;title\u0007')).toBe('\u001b[2J\u001b]0;title\u0007')
  })
})

it('times since the beginning of an attempt are read like a stopwatch', () => {
  expect([-5, 4_900, 751_000, 3_723_000].map(stopwatch)).toEqual(['0:00', '0:04', '12:31', '1:02:03'])
})
