import { type RefObject, useEffect } from 'react'

/** Keys that go through a diff; nothing is done while somebody writes, or with a modifier. */
const KEYS: Readonly<Record<string, { readonly to: string; readonly step: 1 | -1 }>> = {
  n: { to: '[data-file]', step: 1 },
  p: { to: '[data-file]', step: -1 },
  j: { to: '[data-file], [data-change]', step: 1 },
  k: { to: '[data-file], [data-change]', step: -1 },
}

/** `n` and `p` go to the next and previous file, `j` and `k` to the next and previous change. */
export function useDiffKeys(ref: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const root = ref.current
      const key = KEYS[event.key]
      if (key === undefined || root === null || event.defaultPrevented) return
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return
      if (document.querySelector('[role="dialog"]') !== null) return
      const places = [...root.querySelectorAll<HTMLElement>(key.to)]
      const next = placeAfter(places, key.step)
      if (next === undefined) return
      event.preventDefault()
      next.scrollIntoView({ block: 'start' })
      const focused = next.dataset.change === undefined ? next.querySelector<HTMLElement>('button') : next
      focused?.focus({ preventScroll: true })
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [ref])
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

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}
