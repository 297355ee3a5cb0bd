import type { RefObject } from 'react'
import { useShortcuts } from '../../../../app/keyboard/shortcuts.ts'

const FILES = '[data-file]'
const CHANGES = '[data-file], [data-change]'

/** `n` and `p` go to the next and previous file, `j` and `k` to the next and previous change. */
export function useDiffKeys(ref: RefObject<HTMLElement | null>): void {
  const goTo = (places: string, step: 1 | -1) => () => go(ref.current, places, step)
  useShortcuts('Changes', [
    { keys: 'n', label: 'Next file', run: goTo(FILES, 1) },
    { keys: 'p', label: 'Previous file', run: goTo(FILES, -1) },
    { keys: 'j', label: 'Next change', run: goTo(CHANGES, 1) },
    { keys: 'k', label: 'Previous change', run: goTo(CHANGES, -1) },
  ])
}

function go(root: HTMLElement | null, places: string, step: 1 | -1): void {
  const next = placeAfter([...(root?.querySelectorAll<HTMLElement>(places) ?? [])], step)
  if (next === undefined) return
  next.scrollIntoView({ block: 'start' })
  const focused = next.dataset.change === undefined ? next.querySelector<HTMLElement>('button') : next
  focused?.focus({ preventScroll: true })
}

/** From what has the focus, if that is in sight; else from the top of the window. */
function placeAfter(places: readonly HTMLElement[], step: 1 | -1): HTMLElement | undefined {
  const active = document.activeElement
  const isBefore = (place: HTMLElement) =>
    active !== null &&
    (place.contains(active) ||
      (place.compareDocumentPosition(active) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0)
  const current = isInSight(active) ? places.findLastIndex(isBefore) : -1
  if (current !== -1) return places[current + step]
  const top = (place: HTMLElement) =>
    place.getBoundingClientRect().top - Number.parseFloat(getComputedStyle(place).scrollMarginTop)
  return step === 1 ? places.find((place) => top(place) > 1) : places.findLast((place) => top(place) < -1)
}

function isInSight(element: Element | null): boolean {
  if (element === null || element === document.body) return false
  const { top, bottom } = element.getBoundingClientRect()
  return bottom > 0 && top < window.innerHeight
}
