import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  brokenJson,
  brokenText,
  countCharacters,
  cutText,
  MAX_JSON_DEPTH,
  onOneLine,
  showControls,
} from '../src/index.ts'

describe('text', () => {
  it('is stored exactly when it has no NUL and no half of a pair', () => {
    expect(brokenText('a🙂\uffff')).toBeNull()
    for (const text of ['\0', 'a\0b', '\ud83d', '\ude42', '\ude42\ud83d', 'x\ud83dx'])
      expect(brokenText(text)).not.toBeNull()
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const survives = Buffer.from(text, 'utf8').toString('utf8') === text && !text.includes('\0')
        expect(brokenText(text) === null).toBe(survives)
      }),
    )
  })

  it('is cut to so many characters, never through one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, max) => {
        const cut = cutText(text, max)
        expect(text.startsWith(cut)).toBe(true)
        expect(countCharacters(cut)).toBe(Math.min(max, countCharacters(text)))
        expect(brokenText(cut)).toBe(brokenText(text) === null ? null : brokenText(cut))
      }),
    )
    expect(cutText('🙂🙂', 1)).toBe('🙂')
  })

  it('on one line has no kind of line break', () => {
    expect(onOneLine('a\r\nb\nc\rd\u2028e\u2029f\u0085g\vh\fi')).toBe('a b c d e f g h i')
  })

  it('inside JSON is found in values and keys at any depth, and depth has a limit', () => {
    const nested = (levels: number, leaf: unknown): unknown =>
      Array.from({ length: levels }).reduce<unknown>((inner) => ({ a: [inner] }), leaf)
    expect(brokenJson(nested(10, 'x'))).toBeNull()
    expect(brokenJson(nested(10, '\0'))).toContain('NUL')
    expect(brokenJson(nested(10, { '\ud800': 1 }))).toContain('surrogate')
    expect(brokenJson(nested(MAX_JSON_DEPTH, 1))).toContain('nested')
    expect(brokenJson(nested(1_000_000, 1))).toContain('nested')
  })

  it('for a terminal shows what would steer it, and leaves all else as it is', () => {
    expect(showControls('a\x1b[2Jb\u202ec\rd\u009be\0\u200bf\u2028')).toBe(
      'a\\u{1b}[2Jb\\u{202e}c\\u{d}d\\u{9b}e\\u{0}\\u{200b}f\\u{2028}',
    )
    expect(showControls('x\u{e0041}\ud800')).toBe('x\\u{e0041}\\u{d800}')
    expect(showControls('Ünï 漢字 🙂 👩‍💻 <b>&amp;</b>')).toBe('Ünï 漢字 🙂 👩‍💻 <b>&amp;</b>')
    expect(showControls('a\r\nb\n\tc\rd', { lines: true })).toBe('a\nb\n\tc\\u{d}d')
    expect(showControls('a\n\tb')).toBe('a\\u{a}\\u{9}b')
  })
})
