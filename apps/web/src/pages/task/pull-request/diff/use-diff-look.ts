import { useCallback, useEffect, useState } from 'react'
import type { DiffLook } from './diff-body.tsx'

const KEY = 'optio-diff'
const FIRST: DiffLook = { mode: 'unified', wrap: false, whitespace: false }
/** Narrower windows show one side only. */
const WIDE = '(min-width: 64rem)'

/** How diffs are shown; the choice is kept in this browser. `chosen` is what was asked for, `look` what the window has room for. */
export function useDiffLook(): {
  readonly look: DiffLook
  readonly chosen: DiffLook
  readonly choose: (change: Partial<DiffLook>) => void
  readonly isWide: boolean
} {
  const [chosen, setChosen] = useState(read)
  const isWide = useIsWide()
  const choose = useCallback((change: Partial<DiffLook>) => {
    setChosen((before) => {
      const next = { ...before, ...change }
      try {
        localStorage.setItem(KEY, JSON.stringify(next))
      } catch {
        // A browser that keeps nothing still shows it until the page is left.
      }
      return next
    })
  }, [])
  const look: DiffLook = isWide ? chosen : { ...chosen, mode: 'unified' }
  const { mode, wrap, whitespace } = look
  const [stable, setStable] = useState(look)
  if (stable.mode !== mode || stable.wrap !== wrap || stable.whitespace !== whitespace) setStable(look)
  return { look: stable, chosen, choose, isWide }
}

function read(): DiffLook {
  try {
    const value = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Record<keyof DiffLook, unknown>>
    return {
      mode: value.mode === 'split' ? 'split' : FIRST.mode,
      wrap: value.wrap === true,
      whitespace: value.whitespace === true,
    }
  } catch {
    return FIRST
  }
}

function useIsWide(): boolean {
  const [isWide, setIsWide] = useState(() => matchMedia(WIDE).matches)
  useEffect(() => {
    const query = matchMedia(WIDE)
    const apply = () => setIsWide(query.matches)
    query.addEventListener('change', apply)
    return () => query.removeEventListener('change', apply)
  }, [])
  return isWide
}
