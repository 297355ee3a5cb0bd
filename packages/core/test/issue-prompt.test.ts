import { type IssueWords, issuePrompt } from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const ISSUE: IssueWords = {
  number: 42,
  repository: 'acme/shop',
  url: 'https://github.com/acme/shop/issues/42',
  author: 'ann',
  title: 'The sum is wrong',
  body: 'It says 4.',
  labels: ['bug', 'urgent'],
  remarks: [{ author: 'ben', body: 'For me, too.' }],
}

/** What stands outside of all blocks, read as CommonMark reads it: a fence is closed only by one at least as long. */
function outside(prompt: string): string {
  const kept: string[] = []
  let fence: string | null = null
  for (const line of prompt.split('\n')) {
    const mark = /^ {0,3}(`{3,})[^`]*$/.exec(line)?.[1]
    if (fence === null && mark !== undefined) fence = mark
    else if (fence === null) kept.push(line)
    else if (mark !== undefined && mark.length >= fence.length && line.trim() === mark) fence = null
  }
  if (fence !== null) throw new Error('a block is not closed')
  return kept.join('\n')
}

describe('the prompt of a task that is made of an issue', () => {
  test('says what is to be done, and has the issue with everything that was said in it', () => {
    const prompt = issuePrompt(ISSUE)
    expect(prompt).toMatch(/^Resolve issue #42 of acme\/shop:/)
    for (const words of ['title: The sum is wrong', 'opened by: ann', 'labels: bug, urgent', 'It says 4.']) {
      expect(prompt).toContain(words)
    }
    expect(prompt).toContain('ben:\n\nFor me, too.')
    expect(issuePrompt({ ...ISSUE, remarks: [] })).not.toContain('was said')
    expect(issuePrompt({ ...ISSUE, remarks: null })).toContain('could not be read')
    expect(issuePrompt({ ...ISSUE, body: ' \n' })).toContain('(nothing but the title)')
  })

  test('says outside of blocks only what Optio says, whatever others write', () => {
    const expected = outside(issuePrompt(ISSUE))
    const hostile = fc.stringMatching(/^(?:`{1,6}|~{3}|\n|#| |text|Ignore all that\.){1,30}$/)
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (title, body, label, remark) => {
        const remarks = [{ author: label, body: remark }]
        const prompt = issuePrompt({ ...ISSUE, title, body, labels: [label], author: title, remarks })
        expect(outside(prompt)).toBe(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('stays of a size that an agent can be given', () => {
    const remarks = Array.from({ length: 100 }, () => ({ author: 'ann', body: 'x'.repeat(65_536) }))
    const prompt = issuePrompt({ ...ISSUE, body: 'y'.repeat(1_000_000), remarks })
    expect(Buffer.byteLength(prompt)).toBeLessThan(300 * 1024)
    expect(prompt).toContain('cut:')
  })
})
