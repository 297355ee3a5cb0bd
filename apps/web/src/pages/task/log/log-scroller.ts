import type { LogSource } from './log-source.ts'
import { RowHeights } from './row-heights.ts'
import { barHeight, barPosition, pixelOfBar } from './scroll-bar.ts'
import {
  endPlace,
  movedPlace,
  type Place,
  pixelOfPlace,
  placeAtPixel,
  type Rows,
  rowsAround,
  within,
} from './scroll-place.ts'

/** Height of a row with one line, in pixels. */
const ROW_HEIGHT = 24
/** Rows are drawn for so many pixels beyond the view, and again when less than half of it is left. */
const MARGIN = 700
/** The scroll bar is put right when the person has not scrolled for so many milliseconds. */
const REST_MS = 140

interface Elements {
  /** What is scrolled and has the bar. */
  readonly viewport: HTMLElement
  /** As high as the bar is to say. */
  readonly spacer: HTMLElement
  /** Stays in view and cuts off what is beyond it. */
  readonly pane: HTMLElement
  /** Holds the rows, which stand one below the other. */
  readonly layer: HTMLElement
}

/**
 * Scrolls through rows of which only those near the view exist.
 *
 * What counts is the place: the row at the upper edge of the view. Small moves of the scroll bar (wheel, keys, fingers) move it by as
 * many pixels, large ones (the bar dragged) to that share of the log. Rows that turn out higher than thought, or that are
 * added above, therefore never move what is being read; only the bar is put right, at rest.
 */
export class LogScroller {
  readonly heights = new RowHeights(ROW_HEIGHT)
  readonly #redraw: (atOnce: boolean) => void
  #elements: Elements | null = null
  #source: LogSource
  #place: Place
  #drawn: Rows = { first: 1, last: 0 }
  #view = 600
  #width = 0
  #top = 0
  #movedAt = 0
  #rest: ReturnType<typeof setTimeout> | null = null
  #follows: boolean
  /** A person has done something to the view. Scrolling before that is the browser's or the router's, who restore old places. */
  #isTouched = false

  /** Told of the positions on the screen. */
  onLook: (first: number, last: number) => void = () => {}
  /** Told when it begins or ends to stay at the end. */
  onFollow: (follows: boolean) => void = () => {}

  /**
   * @param start seq to begin at; null begins at the end and stays there
   * @param redraw draws the rows again: with the next picture, or at once
   */
  constructor(source: LogSource, start: number | null, redraw: (atOnce: boolean) => void) {
    this.#source = source
    this.#follows = start === null
    this.#place = { at: start === null ? source.first : source.positionOf(start), offset: 0 }
    this.#redraw = redraw
  }

  get follows(): boolean {
    return this.#follows
  }

  /** Position of the row at the upper edge of the view. */
  get top(): number {
    return this.#place.at
  }

  attach(elements: Elements): () => void {
    this.#elements = elements
    const { viewport, pane } = elements
    const stop = new AbortController()
    const passive = { passive: true, signal: stop.signal }
    viewport.addEventListener('scroll', () => this.#scrolled(), passive)
    for (const kind of ['wheel', 'touchstart', 'pointerdown', 'keydown']) {
      viewport.addEventListener(
        kind,
        () => {
          this.#isTouched = true
        },
        passive,
      )
    }
    // Told before the scroll position changes: following must not fight against it.
    viewport.addEventListener('wheel', ({ deltaY }) => deltaY < 0 && this.#follow(false), passive)
    viewport.addEventListener('touchmove', () => this.#follow(false), passive)
    viewport.addEventListener(
      'pointerdown',
      ({ target }) => target === viewport && this.#follow(false),
      passive,
    )
    // The browser brings what gets the focus into view by scrolling the pane: the rows are moved instead.
    pane.addEventListener(
      'scroll',
      () => {
        const by = pane.scrollTop
        pane.scrollTop = 0
        if (by !== 0) this.moveBy(by)
      },
      passive,
    )
    const observer = new ResizeObserver(() => this.#resized())
    observer.observe(viewport)
    this.#resized()
    return () => {
      stop.abort()
      observer.disconnect()
      if (this.#rest !== null) clearTimeout(this.#rest)
      this.#elements = null
    }
  }

  /** Rows to be drawn now, of this source. */
  rows(source: LogSource): Rows {
    if (source !== this.#source) {
      const seq = this.#source.at(this.#place.at)?.seq ?? 1
      this.#source = source
      this.heights.clear()
      this.#place = { at: source.positionOf(seq), offset: 0 }
    }
    if (source.last < source.first) {
      this.#drawn = { first: source.first, last: source.first - 1 }
      return this.#drawn
    }
    this.#place = this.#follows ? this.#end() : within(this.#place, source, this.heights, this.#view)
    this.#drawn = rowsAround(this.#place, source, this.heights, this.#view, MARGIN)
    return this.#drawn
  }

  /** After drawing: measures what was drawn and puts everything in its place, before it is seen. */
  settle(): void {
    const { layer } = this.#elements ?? {}
    if (!layer || this.#source.last < this.#source.first) return
    for (const row of layer.children) {
      const position = Number((row as HTMLElement).dataset.position)
      if (this.#source.at(position) !== undefined) {
        this.heights.set(position, row.getBoundingClientRect().height)
      }
    }
    for (let position = this.#drawn.first; position <= this.#drawn.last; position++) {
      if (this.#source.isFolded(position)) this.heights.set(position, 0)
    }
    this.#place = this.#follows ? this.#end() : within(this.#place, this.#source, this.heights, this.#view)
    this.#put(true)
    this.#setBar()
  }

  /** All heights are to be measured anew. */
  remeasure(): void {
    this.heights.clear()
    this.#redraw(false)
  }

  moveBy(pixels: number): void {
    this.#place = movedPlace(this.#place, pixels, this.#source, this.heights, this.#view)
    this.#follow(pixels > 0 && this.#isAtEnd())
    this.#put(false)
  }

  toStart(): void {
    this.#follow(false)
    this.#jump({ at: this.#source.first, offset: 0 })
  }

  toEnd(): void {
    this.#follow(true)
    this.#jump(this.#end())
  }

  /** Shows a row in the upper third, or leaves all as it is when it is seen whole. */
  reveal(position: number, always = false): void {
    const above = this.heights.between(Math.min(position, this.#place.at), Math.max(position, this.#place.at))
    const y = (position < this.#place.at ? -above : above) - this.#place.offset
    if (!always && y >= 0 && y + Math.min(this.heights.of(position), this.#view) <= this.#view) return
    this.#follow(false)
    const place = { at: Math.max(this.#source.first, Math.min(position, this.#source.last)), offset: 0 }
    this.#jump(movedPlace(place, -this.#view / 4, this.#source, this.heights, this.#view))
  }

  holdStill(): void {
    this.#follow(false)
  }

  #jump(place: Place): void {
    this.#place = place
    this.#redraw(true)
    this.#setBar()
  }

  #end(): Place {
    return endPlace(this.#source, this.heights, this.#view)
  }

  #isAtEnd(): boolean {
    const end = this.#end()
    const { at, offset } = this.#place
    return !this.#source.hasAfter && (at > end.at || (at === end.at && offset >= end.offset - 2))
  }

  #follow(follows: boolean): void {
    if (this.#follows === follows) return
    this.#follows = follows
    this.onFollow(follows)
  }

  #resized(): void {
    const { viewport, pane, layer } = this.#elements ?? {}
    if (!viewport || !pane || !layer) return
    pane.style.height = `${viewport.clientHeight}px`
    // Before it is laid out there is no height to go by.
    this.#view = pane.clientHeight || this.#view
    if (viewport.clientWidth !== this.#width) this.heights.clear()
    this.#width = viewport.clientWidth
    this.#redraw(false)
  }

  #scrolled(): void {
    const { viewport } = this.#elements ?? {}
    if (!viewport) return
    if (!this.#isTouched) {
      this.#setBar()
      return
    }
    const by = viewport.scrollTop - this.#top
    this.#top = viewport.scrollTop
    if (Math.abs(by) < 0.5) return
    this.#movedAt = performance.now()
    if (Math.abs(by) <= 2 * this.#view) {
      this.moveBy(by)
    } else {
      const pixel = pixelOfBar(this.#top, this.#content(), this.#view)
      this.#place = placeAtPixel(pixel, this.#source, this.heights, this.#view)
      this.#follow(by > 0 && this.#isAtEnd())
      this.#put(false)
    }
    this.#setBar()
  }

  #content(): number {
    return this.heights.between(this.#source.first, this.#source.last + 1)
  }

  /** Moves the rows to where they belong, and has more drawn when what is drawn does not reach. */
  #put(isDrawn: boolean): void {
    const { layer } = this.#elements ?? {}
    if (!layer || this.#source.last < this.#source.first) return
    const { at, offset } = this.#place
    const { first, last } = this.#drawn
    const isBefore = at < first
    const above = this.heights.between(isBefore ? at : first, isBefore ? first : at)
    layer.style.transform = `translateY(${(isBefore ? above : -above) - offset}px)`
    const seen = rowsAround(this.#place, this.#source, this.heights, this.#view, 0)
    this.onLook(seen.first, seen.last)
    const needed = rowsAround(this.#place, this.#source, this.heights, this.#view, isDrawn ? 0 : MARGIN / 2)
    if (needed.first >= first && needed.last <= last) return
    this.#redraw(!isDrawn && (seen.first < first || seen.last > last))
  }

  /** Has the bar say where the view is. While a person scrolls it is left alone, but at its ends, where it would stop them. */
  #setBar(): void {
    const { viewport, spacer } = this.#elements ?? {}
    if (!viewport || !spacer) return
    const content = this.#content()
    const height = Math.round(barHeight(content, this.#view))
    const pixel = pixelOfPlace(this.#place, this.#source, this.heights)
    const right = this.#follows ? height - this.#view : Math.round(barPosition(pixel, content, this.#view))
    const isAtRest = this.#follows || performance.now() - this.#movedAt >= REST_MS
    const stops = this.#top <= 0 || this.#top >= height - this.#view - 1
    if (isAtRest || (stops && Math.abs(right - this.#top) > 1)) {
      spacer.style.height = `${height}px`
      if (Math.abs(right - viewport.scrollTop) >= 1) viewport.scrollTop = right
      this.#top = viewport.scrollTop
    } else if (this.#rest === null) {
      this.#rest = setTimeout(() => {
        this.#rest = null
        this.#setBar()
      }, REST_MS)
    }
  }
}
