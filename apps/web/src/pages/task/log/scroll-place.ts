import type { RowHeights } from './row-heights.ts'

/** The upper edge of the view: so many pixels below the upper edge of the row at a position. */
export interface Place {
  readonly at: number
  readonly offset: number
}

/** Positions of the first and the last row. */
export interface Rows {
  readonly first: number
  readonly last: number
}

/** The place at which the last row ends at the lower edge of a view of this height; the top when all rows fit. */
export function endPlace(rows: Rows, heights: RowHeights, view: number): Place {
  let [at, left] = [rows.last + 1, view]
  while (at > rows.first && left > 0) {
    at -= 1
    left -= heights.of(at)
  }
  return left > 0 ? { at: rows.first, offset: 0 } : { at, offset: Math.abs(left) }
}

/** The place so many pixels further down (or up), never beyond either end. */
export function movedPlace(place: Place, by: number, rows: Rows, heights: RowHeights, view: number): Place {
  let { at, offset } = place
  offset += by
  while (offset < 0 && at > rows.first) {
    at -= 1
    offset += heights.of(at)
  }
  while (at < rows.last && offset >= heights.of(at)) {
    offset -= heights.of(at)
    at += 1
  }
  return within({ at, offset: Math.max(0, offset) }, rows, heights, view)
}

/** The same place if it is in range, else the end that is nearer. */
export function within(place: Place, rows: Rows, heights: RowHeights, view: number): Place {
  if (rows.last < rows.first || place.at < rows.first) return { at: rows.first, offset: 0 }
  const end = endPlace(rows, heights, view)
  return place.at > end.at || (place.at === end.at && place.offset > end.offset) ? end : place
}

/** The place at which so many pixels are above the view. */
export function placeAtPixel(pixel: number, rows: Rows, heights: RowHeights, view: number): Place {
  let [low, high] = [rows.first, rows.last]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (heights.between(rows.first, middle) <= pixel) low = middle
    else high = middle - 1
  }
  const offset = Math.max(0, Math.min(pixel - heights.between(rows.first, low), heights.of(low)))
  return within({ at: low, offset }, rows, heights, view)
}

/** Pixels above the view. */
export function pixelOfPlace({ at, offset }: Place, rows: Rows, heights: RowHeights): number {
  return heights.between(rows.first, at) + offset
}

/** Positions to draw, so that there is something for `margin` pixels above and below the view. */
export function rowsAround(
  place: Place,
  rows: Rows,
  heights: RowHeights,
  view: number,
  margin: number,
): Rows {
  let [first, above] = [place.at, margin - place.offset]
  while (first > rows.first && above > 0) {
    first -= 1
    above -= heights.of(first)
  }
  let [last, below] = [place.at, view + margin + place.offset - heights.of(place.at)]
  while (last < rows.last && below > 0) {
    last += 1
    below -= heights.of(last)
  }
  return { first, last }
}
