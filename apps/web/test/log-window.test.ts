import type { BatchedEntry, LogType } from '@optio/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FoundWindow } from '../src/pages/task/log/found-window.ts'
import { LogWindow } from '../src/pages/task/log/log-window.ts'

const ROOM = { entries: 400, characters: 1_000_000 }

function entry(seq: number, more: Partial<BatchedEntry> = {}): BatchedEntry {
  return {
    seq,
    attempt: 1,
    stream: 'stdout',
    logType: 'text',
    content: `line ${seq}`,
    metadata: null,
    timestamp: '2026-01-01T00:00:00.000Z',
    ...more,
  }
}

function entries(from: number, to: number): BatchedEntry[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => entry(from + index))
}

const call = (seq: number, id: string) => entry(seq, { logType: 'tool_use', metadata: { toolUseId: id } })
const answer = (seq: number, id: string) =>
  entry(seq, { logType: 'tool_result', metadata: { toolUseId: id } })

describe('the window on a whole log', () => {
  type Step =
    | { readonly kind: 'page'; readonly from: number; readonly count: number }
    | { readonly kind: 'live'; readonly count: number }
    | { readonly kind: 'look'; readonly at: number }
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constant('page' as const),
      from: fc.integer({ min: 1, max: 5000 }),
      count: fc.integer({ min: 0, max: 300 }),
    }),
    fc.record({ kind: fc.constant('live' as const), count: fc.integer({ min: 1, max: 700 }) }),
    fc.record({ kind: fc.constant('look' as const), at: fc.integer({ min: 1, max: 6000 }) }),
  )

  it('holds every entry at most once and in its place, within its room, whatever comes in whichever order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const log = new LogWindow(ROOM)
        let [last, look] = [5000, 1]
        log.grow(last)
        for (const step of steps) {
          if (step.kind === 'page') log.add(entries(step.from, Math.min(last, step.from + step.count - 1)))
          if (step.kind === 'live') {
            log.add(entries(last + 1, last + step.count))
            last += step.count
          }
          if (step.kind === 'look') look = Math.min(step.at, last)
          log.trim(look, look + 20)

          expect(log.last).toBe(last)
          let held = 0
          for (let seq = 1; seq <= last; seq++) {
            const found = log.at(seq)
            if (found === undefined) continue
            held += 1
            expect(found.seq).toBe(seq)
          }
          expect(log.held).toBe(held)
          // What is looked at is never let go of: two blocks of 100 at most.
          expect(held).toBeLessThanOrEqual(ROOM.entries + 200)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('reading its gaps shows every line that is looked at, and ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 1, max: 90 }),
        (from, count, fits) => {
          const log = new LogWindow(ROOM)
          log.grow(3000)
          for (let reads = 0; ; reads++) {
            expect(reads).toBeLessThan(200)
            const [gap] = log.gaps(from, from + count, 50)
            if (gap === undefined) break
            // An answer may hold less than was asked for, because entries are large.
            log.add(entries(gap.from, Math.min(gap.to, gap.from + fits - 1)))
            log.trim(from, from + count)
          }
          for (let seq = from; seq <= Math.min(3000, from + count); seq++) expect(log.at(seq)?.seq).toBe(seq)
        },
      ),
    )
  })

  it('what is large takes more of the room, but what is looked at stays', () => {
    const log = new LogWindow({ entries: 1000, characters: 10_000 })
    for (let seq = 1; seq <= 300; seq++) log.add([entry(seq, { content: 'x'.repeat(1000) })])
    log.trim(150, 160)
    expect(log.at(150)).toBeDefined()
    expect(log.at(1)).toBeUndefined()
    expect(log.at(300)).toBeUndefined()
  })

  it('shows an answer with its call, once, and by itself while the call is not held', () => {
    const log = new LogWindow(ROOM)
    log.add([answer(4, 'b'), call(3, 'b'), call(1, 'a'), entry(2)])
    expect(log.isFolded(4)).toBe(true)
    expect(log.answerTo(3)?.seq).toBe(4)
    expect(log.positionOf(4)).toBe(3)
    expect(log.answerTo(1)).toBeUndefined()

    const later = new LogWindow({ entries: 1, characters: 1_000 })
    later.add([answer(150, 'c')])
    expect(later.isFolded(150)).toBe(false)
    later.add([call(99, 'c')])
    expect(later.isFolded(150)).toBe(true)
    later.trim(150, 150)
    expect(later.at(99)).toBeUndefined()
    expect(later.isFolded(150)).toBe(false)
  })

  it('a second answer to a call, an answer before its call and one of another attempt stand for themselves', () => {
    const log = new LogWindow(ROOM)
    log.add([answer(1, 'a'), call(2, 'a'), call(3, 'b'), answer(4, 'b'), answer(5, 'b'), call(6, 'c')])
    log.add([{ ...answer(7, 'c'), attempt: 2 }])
    expect([1, 5, 7].map((seq) => log.isFolded(seq))).toEqual([false, false, false])
    expect(log.answerTo(3)?.seq).toBe(4)
  })

  it('every entry that is held has exactly one row or is the answer of exactly one, however calls and answers mix', () => {
    const id = fc.constantFrom('a', 'b', 'c')
    const kind = fc.constantFrom('tool_use', 'tool_result', 'text') as fc.Arbitrary<LogType>
    const stream = fc.array(fc.tuple(kind, id), { maxLength: 40 })
    fc.assert(
      fc.property(stream, fc.array(fc.nat(40)), (kinds, order) => {
        const all = kinds.map(([logType, toolUseId], index) =>
          entry(index + 1, { logType, metadata: { toolUseId } }),
        )
        const log = new LogWindow(ROOM)
        for (const index of order) log.add(all.slice(index, index + 3))
        log.add(all)
        const shown = all.flatMap(({ seq }) => {
          if (log.isFolded(seq)) return []
          const answered = log.answerTo(seq)
          return answered ? [seq, answered.seq] : [seq]
        })
        expect(shown.toSorted((a, b) => a - b)).toEqual(all.map(({ seq }) => seq))
      }),
    )
  })
})

describe('the window on what a filter finds', () => {
  /** A server with a log of which every third entry is found. */
  function server(last: number) {
    const found = () => entries(1, last).filter(({ seq }) => seq % 3 === 0)
    return {
      get last() {
        return last
      },
      live(count: number): BatchedEntry[] {
        last += count
        return entries(last - count + 1, last).filter(({ seq }) => seq % 3 === 0)
      },
      before(seq: number, limit: number) {
        const all = found().filter((each) => each.seq < seq)
        const page = all.slice(-limit)
        return { page, next: all.length > limit ? (page[0]?.seq ?? null) : null }
      },
      after(seq: number, limit: number) {
        const all = found().filter((each) => each.seq > seq)
        const page = all.slice(0, limit)
        return { page, next: all.length > limit ? (page.at(-1)?.seq ?? null) : null }
      },
    }
  }

  it('shows what is found once and in order, wherever it begins and while more comes live', () => {
    const act = fc.constantFrom('before', 'after', 'live', 'liveWhileReading' as const)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 301 }),
        fc.array(fc.tuple(act, fc.integer({ min: 1, max: 60 })), { maxLength: 40 }),
        (place, acts) => {
          const log = server(300)
          const window = new FoundWindow(place, { entries: 60, characters: 1e9 })
          for (const [act, many] of acts) {
            if (act === 'before' && window.before !== null) {
              const { page, next } = log.before(window.before, many)
              window.addBefore(page, next)
            }
            if (act === 'live') window.addLive(log.live(many))
            if (act === 'after' || act === 'liveWhileReading') {
              if (window.after === null) continue
              window.expectAfter(log.last)
              const { page, next } = log.after(window.after, many)
              const answered = log.last
              if (act === 'liveWhileReading') window.addLive(log.live(many))
              window.addAfter(page, next, answered)
            }
            window.trim(window.last - 10, window.last)
            expect(window.last - window.first + 1).toBeLessThanOrEqual(75)
            isRun(window)
          }
          // Reading to the end finds the rest.
          for (let reads = 0; window.after !== null; reads++) {
            expect(reads).toBeLessThan(500)
            window.expectAfter(log.last)
            const { page, next } = log.after(window.after, 50)
            window.addAfter(page, next, log.last)
            window.trim(window.last - 10, window.last)
          }
          isRun(window)
          const lastFound = Math.floor(log.last / 3) * 3
          if (lastFound >= place) expect(window.at(window.last)?.seq).toBe(lastFound)
        },
      ),
      { numRuns: 200 },
    )
  })

  /** Every third seq, one after the other, without a gap or a repeat. */
  function isRun(window: FoundWindow): void {
    let before: number | null = null
    for (let position = window.first; position <= window.last; position++) {
      const seq: number = window.at(position)?.seq ?? -1
      if (before !== null) expect(seq).toBe(before + 3)
      before = seq
    }
  }

  it('entries keep their positions while others are added before them', () => {
    const window = new FoundWindow(100)
    window.addAfter([entry(102), entry(105)], null, 200)
    expect(window.at(window.positionOf(105))?.seq).toBe(105)
    const position = window.positionOf(102)
    window.addBefore([entry(96), entry(99)], 96)
    expect(window.at(position)?.seq).toBe(102)
    expect(window.first).toBe(position - 2)
  })

  it('a reader that was away reads on where it was', () => {
    const window = new FoundWindow(1)
    window.addAfter([entry(3)], null, 5)
    expect(window.after).toBeNull()
    window.missed()
    expect(window.after).toBe(5)
  })
})
