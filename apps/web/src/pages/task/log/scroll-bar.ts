/**
 * Browsers cap how high an element can be (Firefox at 17.9 million pixels), and a long log is higher. So the scrolled element has a
 * height of its own, and its scroll position stands for a share of the log.
 */
const HIGHEST = 8_000_000

/** How high the scrolled element is for rows of this height altogether, in pixels. */
export function barHeight(content: number, view: number): number {
  return Math.max(view, Math.min(content, HIGHEST))
}

/** Scroll position that stands for so many pixels of rows above the view. */
export function barPosition(pixel: number, content: number, view: number): number {
  const [way, barWay] = [content - view, barHeight(content, view) - view]
  return way <= 0 ? 0 : Math.max(0, Math.min(1, pixel / way)) * barWay
}

/** Pixels of rows above the view that a scroll position stands for. */
export function pixelOfBar(position: number, content: number, view: number): number {
  const [way, barWay] = [content - view, barHeight(content, view) - view]
  return barWay <= 0 ? 0 : Math.max(0, Math.min(1, position / barWay)) * way
}
