import { parseVerdict } from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const block = (value: unknown, language = 'json') =>
  `\`\`\`${language}\n${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}\n\`\`\`\n`
const approve = { verdict: 'approve', summary: 'Fine.', comments: [] }
const refuse = { verdict: 'request_changes', summary: 'Not yet.', comments: [] }

describe('the verdict of a reviewer', () => {
  test('is read from the last block of its message, whatever stands around it', () => {
    const comments = [{ path: 'src/a.ts', line: 3, body: 'Why?' }]
    const text = `I read it.\n\n${block({ ...refuse, comments })}\nThat is all.`
    expect(parseVerdict(text)).toEqual({ ...refuse, comments })
    expect(parseVerdict(text.replaceAll('\n', '\r\n'))).toEqual({ ...refuse, comments })
  })

  test('is read without a fence, with another fence, in an open one, and without comments', () => {
    expect(parseVerdict(JSON.stringify(approve))).toEqual(approve)
    expect(parseVerdict(block(approve, ''))).toEqual(approve)
    expect(parseVerdict(block(approve).replaceAll('```', '~~~~'))).toEqual(approve)
    expect(parseVerdict(`So:\n\`\`\`json\n${JSON.stringify(approve)}`)).toEqual(approve)
    expect(parseVerdict(block({ verdict: 'approve', summary: 'Fine.' }))).toEqual(approve)
  })

  test('is the last one given: an example or a quotation before it does not count', () => {
    expect(parseVerdict(`${block(approve)}\n${block(refuse)}`)).toEqual(refuse)
    expect(parseVerdict(`${block(refuse)}\n${block({ a: 1 })}\n${block('let a = 1', 'ts')}`)).toEqual(refuse)
  })

  test('that is broken or invalid is none, even where an earlier block holds a valid one', () => {
    for (const last of ['{"verdict": "request_changes", "summary": ', { ...refuse, verdict: 'reject' }]) {
      expect(parseVerdict(`${block(approve)}\n${block(last)}`)).toBeNull()
    }
  })

  test('is never guessed: not from words, not from a verdict that is nearly one, not without a summary', () => {
    for (const text of [
      '',
      'I approve.',
      'LGTM',
      '{"verdict"',
      block('null'),
      block([approve]),
      '"approve"',
    ]) {
      expect(parseVerdict(text)).toBeNull()
    }
    for (const change of [
      { verdict: 'Approve' },
      { verdict: true },
      { verdict: ['approve'] },
      { summary: ' \u200b\n' },
      { summary: 1 },
      { comments: {} },
      { comments: ['x'] },
      { comments: [{ path: '', line: 1, body: 'x' }] },
      { comments: [{ path: 'a', line: 1 }] },
    ]) {
      expect(parseVerdict(block({ ...approve, ...change })), JSON.stringify(change)).toBeNull()
    }
  })

  test('has no more than a hundred comments, and texts of no more than ten thousand characters', () => {
    const comments = Array.from({ length: 150 }, () => ({
      path: 'p'.repeat(5_000),
      line: 1,
      body: 'b'.repeat(30_000),
    }))
    const read = parseVerdict(block({ ...approve, summary: 's'.repeat(30_000), comments }))
    expect(read?.comments).toHaveLength(100)
    expect(read?.summary).toHaveLength(10_000)
    expect(read?.comments[0]?.body).toHaveLength(10_000)
    expect(read?.comments[0]?.path).toHaveLength(1_000)
  })

  test('points at a line only where it names one', () => {
    const lines = [3, 0, -1, 1.5, '7', null, undefined, 2 ** 40]
    const comments = lines.map((line) => ({ path: 'a', line, body: 'x' }))
    const read = parseVerdict(block({ ...approve, comments }))
    expect(read?.comments.map(({ line }) => line)).toEqual([3, null, null, null, null, null, null, null])
  })

  test('can be stored and shown: no invisible characters, no halves of characters', () => {
    const summary = 'a\u0000b\u202ec\ud800d'
    expect(parseVerdict(block({ ...approve, summary }))?.summary).toBe('abc\ufffdd')
    const cut = parseVerdict(block({ ...approve, summary: `${'x'.repeat(9_999)}😀` }))?.summary
    expect(cut).not.toMatch(/\p{Surrogate}/u)
  })

  test('is looked for in any text without failing, and quickly in a huge one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('```', '```json', '{', '"verdict"', '[', '\n', '}', '~~~', 'x')),
        (parts) => {
          expect(() => parseVerdict(parts.join(''))).not.toThrow()
        },
      ),
    )
    expect(parseVerdict('['.repeat(5_000_000))).toBeNull()
    const started = performance.now()
    expect(parseVerdict(`${'```\n{"a":1}\n```\n'.repeat(300_000)}${block(refuse)}`)).toEqual(refuse)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
