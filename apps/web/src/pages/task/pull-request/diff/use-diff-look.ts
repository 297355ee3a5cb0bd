import { useMemo, useSyncExternalStore } from 'react'
import { useStoredSwitch } from '../../../../ui/stored-setting.ts'
import type { DiffLook } from './diff-body.tsx'

/** Narrower windows show one side only. */
const WIDE = '(min-width: 64rem)'

/** How diffs are shown, as chosen in this browser and as the window has room for. */
export function useDiffLook(): {
  readonly look: DiffLook
  readonly isWide: boolean
  readonly chooseSplit: (on: boolean) => void
  readonly chooseWrap: (on: boolean) => void
  readonly chooseWhitespace: (on: boolean) => void
} {
  const [split, chooseSplit] = useStoredSwitch('optio-diff-split', false)
  const [wrap, chooseWrap] = useStoredSwitch('optio-diff-wrap', false)
  const [whitespace, chooseWhitespace] = useStoredSwitch('optio-diff-blanks', false)
  const isWide = useSyncExternalStore(watchWidth, () => matchMedia(WIDE).matches)
  const mode = split && isWide ? 'split' : 'unified'
  const look = useMemo(() => ({ mode, wrap, whitespace }) as const, [mode, wrap, whitespace])
  return { look, isWide, chooseSplit, chooseWrap, chooseWhitespace }
}

function watchWidth(watcher: () => void): () => void {
  const query = matchMedia(WIDE)
  query.addEventListener('change', watcher)
  return () => query.removeEventListener('change', watcher)
}
