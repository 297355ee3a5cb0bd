import { useCallback, useEffect, useState } from 'react'

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)

/** What opens the palette, as this machine's keyboard calls it. */
export const PALETTE_KEYS = isMac ? '⌘ K' : 'Ctrl K'

/** Whether the palette is open; Ctrl or Cmd and K turns that round, also while somebody types. */
export function usePaletteOpen(): [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(false)
  const press = useCallback((event: KeyboardEvent) => {
    const wanted = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
    if (!wanted || event.key.toLowerCase() !== 'k') return
    event.preventDefault()
    setOpen((before) => !before)
  }, [])
  useEffect(() => {
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [press])
  return [open, setOpen]
}
