import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'

/**
 * When another page opens, its heading gets the focus: it is read out, and Tab goes on from there. A page that has put the
 * focus into itself (a form's first field) keeps it.
 */
export function useFocusOnNewPage(): void {
  const router = useRouter()
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
        if (fromLocation === undefined || !pathChanged) return
        const main = document.getElementById('content')
        if (main === null || (document.activeElement !== main && main.contains(document.activeElement)))
          return
        const heading = main.querySelector('h1')
        heading?.setAttribute('tabindex', '-1')
        const target = heading ?? main
        target.focus({ preventScroll: true })
      }),
    [router],
  )
}
