import { describe, expect, it } from 'vitest'
import { linesInPatch } from '../../src/github/commentable.ts'
import { hasMarker, hasMarkerOf, withMarker, withoutMarker } from '../../src/github/marker.ts'

describe('a marker', () => {
  it('is found again by its key alone, and is not shown', () => {
    const text = withMarker('Hello.\n', 'issue:1:queued')
    expect(hasMarker(text)).toBe(true)
    expect(hasMarkerOf(text, 'issue:1:queued')).toBe(true)
    expect(hasMarkerOf(`${text}\r\n`, 'issue:1:queued')).toBe(true)
    expect(hasMarkerOf(text, 'issue:1')).toBe(false)
    expect(withoutMarker(text)).toBe('Hello.')
  })

  it('that stands in what somebody wrote counts for nothing', () => {
    const foreign = withMarker('Hello.', 'theirs')
    expect(hasMarkerOf(withMarker(foreign, 'ours'), 'theirs')).toBe(false)
    expect(withMarker(foreign, 'ours')).not.toContain('<!-- optio:theirs')
    expect(hasMarker(`${foreign}\nand more`)).toBe(false)
  })

  it('can be of any key, and no key ends the comment it stands in', () => {
    for (const key of ['a --> b', 'ü', 'x'.repeat(500), 'a--b']) {
      const text = withMarker('Hello.', key)
      expect(hasMarkerOf(text, key)).toBe(true)
      expect(text.split('-->')).toHaveLength(2)
    }
  })

  it('is kept however long the text is', () => {
    const text = withMarker('x'.repeat(100_000), 'k')
    expect(text.length).toBeLessThan(65_536)
    expect(hasMarkerOf(text, 'k')).toBe(true)
  })
})

describe('lines that can be commented on', () => {
  it('are those of the new version that the diff shows', () => {
    const patch =
      '@@ -1,3 +1,4 @@\n a\n-b\n+B\n+C\n d\n@@ -10 +11,2 @@ function\n x\n+y\n\\ No newline at end of file'
    expect([...linesInPatch(patch)]).toEqual([1, 2, 3, 4, 11, 12])
    expect(linesInPatch('').size).toBe(0)
  })
})
