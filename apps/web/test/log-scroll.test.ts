import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowHeights } from '../src/pages/task/log/row-heights.ts'
import { barHeight, barPosition, pixelOfBar } from '../src/pages/task/log/scroll-bar.ts'
import {
  endPlace,
  movedPlace,
  pixelOfPlace,
  placeAtPixel,
  rowsAround,
} from '../src/pages/task/log/scroll-place.ts'

const VIEW = 400

/** Rows from -50 to 249, some measured, some folded away to nothing. */
const measured = fc.array(
  fc.tuple(fc.integer({ min: -50, max: 249 }), fc.constantFrom(0, 24, 44, 300, 1_000)),
  { maxLength: 120 },
)
const ROWS = { first: -50, last: 249 }

function heightsOf(pairs: readonly (readonly [number, number])[]): RowHeights {
  const heights = new RowHeights(24)
  for (const [position, height] of pairs) heights.set(position, height)
  return heights
}

describe('heights of rows', () => {
  it('the height of a range is the sum of its rows', () => {
    fc.assert(
      fc.property(
        measured,
        fc.integer({ min: -60, max: 260 }),
        fc.integer({ min: 0, max: 310 }),
        (pairs, from, count) => {
          const heights = heightsOf(pairs)
          let sum = 0
          for (let position = from; position < from + count; position++) sum += heights.of(position)
          expect(heights.between(from, from + count)).toBeCloseTo(sum, 1)
        },
      ),
    )
  })

  it('a row that is measured again counts once', () => {
    const heights = heightsOf([
      [1, 100],
      [1, 30],
    ])
    expect(heights.of(1)).toBe(30)
    expect(heights.set(1, 30)).toBe(false)
    expect(heights.between(1, 2)).toBe(30)
  })
})

describe('the place of the view', () => {
  it('moving there and back leads to the same place, as long as no end stops it', () => {
    fc.assert(
      fc.property(
        measured,
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: -900, max: 900 }),
        (pairs, at, by) => {
          const heights = heightsOf(pairs)
          const start = movedPlace({ at, offset: 0 }, 0, ROWS, heights, VIEW)
          const there = movedPlace(start, by, ROWS, heights, VIEW)
          const moved = pixelOfPlace(there, ROWS, heights) - pixelOfPlace(start, ROWS, heights)
          const isStopped = Math.abs(moved - by) > 1
          if (isStopped) return
          const back = movedPlace(there, -by, ROWS, heights, VIEW)
          expect(pixelOfPlace(back, ROWS, heights)).toBeCloseTo(pixelOfPlace(start, ROWS, heights), 0)
        },
      ),
    )
  })

  it('never goes beyond either end', () => {
    fc.assert(
      fc.property(measured, fc.integer({ min: -1e6, max: 1e6 }), (pairs, by) => {
        const heights = heightsOf(pairs)
        const place = movedPlace({ at: 100, offset: 0 }, by, ROWS, heights, VIEW)
        const pixel = pixelOfPlace(place, ROWS, heights)
        const content = heights.between(ROWS.first, ROWS.last + 1)
        expect(pixel).toBeGreaterThanOrEqual(-0.5)
        expect(pixel).toBeLessThanOrEqual(Math.max(0, content - VIEW) + 0.5)
      }),
    )
  })

  it('at the end the last row ends at the lower edge, also when rows fill the view to the pixel', () => {
    const heights = new RowHeights(24)
    expect(endPlace({ first: 1, last: 100 }, heights, 240)).toEqual({ at: 91, offset: 0 })
    expect(endPlace({ first: 1, last: 100 }, heights, 250)).toEqual({ at: 90, offset: 14 })
    expect(endPlace({ first: 1, last: 5 }, heights, 240)).toEqual({ at: 1, offset: 0 })
  })

  it('a pixel leads to the place that has it above', () => {
    fc.assert(
      fc.property(measured, fc.integer({ min: 0, max: 7_000 }), (pairs, pixel) => {
        const heights = heightsOf(pairs)
        const reachable = Math.max(0, Math.min(pixel, heights.between(ROWS.first, ROWS.last + 1) - VIEW))
        const place = placeAtPixel(pixel, ROWS, heights, VIEW)
        expect(pixelOfPlace(place, ROWS, heights)).toBeCloseTo(reachable, 0)
      }),
    )
  })

  it('the rows that are drawn fill the view and the margins, as far as there are rows', () => {
    fc.assert(
      fc.property(measured, fc.integer({ min: 0, max: 7_000 }), (pairs, pixel) => {
        const heights = heightsOf(pairs)
        const place = placeAtPixel(pixel, ROWS, heights, VIEW)
        const { first, last } = rowsAround(place, ROWS, heights, VIEW, 100)
        const above = heights.between(first, place.at) + place.offset
        const below = heights.between(place.at, last + 1) - place.offset
        expect(first === ROWS.first || above >= 100).toBe(true)
        expect(last === ROWS.last || below >= VIEW + 100 - 0.5).toBe(true)
      }),
    )
  })
})

describe('the scroll bar', () => {
  it('a position stands for the same share of the log in both directions, however high the log is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 401, max: 1e9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (content, share) => {
          const pixel = share * (content - VIEW)
          const position = barPosition(pixel, content, VIEW)
          expect(position).toBeLessThanOrEqual(barHeight(content, VIEW) - VIEW)
          expect(Math.abs(pixelOfBar(position, content, VIEW) - pixel)).toBeLessThan(1)
        },
      ),
    )
  })

  it('is never higher than browsers can draw', () => {
    expect(barHeight(1e9, VIEW)).toBeLessThan(17_000_000)
    expect(barHeight(10, VIEW)).toBe(VIEW)
  })
})
