import { type RefObject, useEffect, useState } from 'react'

/** How far outside the window something is drawn already, in pixels. */
const MARGIN_PX = 1_200

type Told = (isNear: boolean) => void
const told = new WeakMap<Element, Told>()
let observer: IntersectionObserver | null = null

/** One observer for all: thousands of pieces of a large diff are watched without a listener for scrolling. */
function sharedObserver(): IntersectionObserver {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) told.get(target)?.(isIntersecting)
    },
    { rootMargin: `${MARGIN_PX}px 0px` },
  )
  return observer
}

/** Whether an element is in or near the window. */
export function useIsNear(ref: RefObject<Element | null>): boolean {
  const [isNear, setIsNear] = useState(false)
  useEffect(() => {
    const element = ref.current
    if (element === null) return
    const shared = sharedObserver()
    told.set(element, setIsNear)
    shared.observe(element)
    return () => shared.unobserve(element)
  }, [ref])
  return isNear
}
