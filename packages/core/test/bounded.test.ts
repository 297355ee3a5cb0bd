import { describe, expect, test } from 'vitest'
import { TimeUp, withinTime } from '../src/bounded.ts'

const endless = () => {
  for (;;);
}

describe('bounded work', () => {
  test('answers what the work answers, and throws what it throws', () => {
    expect(withinTime(() => 7, 1_000)).toBe(7)
    expect(withinTime(() => undefined, 1_000)).toBeUndefined()
    const own = new TypeError('mine')
    expect(() =>
      withinTime(() => {
        throw own
      }, 1_000),
    ).toThrow(own)
  })

  test('is ended where it is: in a loop without end, and in a regular expression', () => {
    const began = performance.now()
    expect(() => withinTime(endless, 50)).toThrow(TimeUp)
    expect(() => withinTime(() => /^(a+)+$/.test(`${'a'.repeat(50)}!`), 50)).toThrow(TimeUp)
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(withinTime(() => 'and goes on', 1_000)).toBe('and goes on')
  })

  test('nests: the inner end does not end the outer, the outer ends the inner', () => {
    const outer = withinTime(() => {
      expect(() => withinTime(endless, 20)).toThrow(TimeUp)
      return withinTime(() => 'inner', 1_000)
    }, 5_000)
    expect(outer).toBe('inner')
    expect(() => withinTime(() => withinTime(endless, 60_000), 50)).toThrow(TimeUp)
  })
})
