import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useShortcuts } from '../app/keyboard/shortcuts.ts'

interface WindowRowsProps<Item> {
  readonly items: readonly Item[]
  readonly keyOf: (item: Item) => string
  /** One row; what is focused in it has `data-row-link`. */
  readonly row: (item: Item) => ReactNode
  /** Height of most rows, before they are measured, in pixels. */
  readonly height: number
  /** How many there are in all; -1 while that is not known. */
  readonly total: number
  readonly onNearEnd: () => void
  /** What `j` and `k` go to the next of: `task`. */
  readonly noun: string
}

/** Further rows are asked for when so many are left below. */
const NEAR_END = 20

/** A list as long as the page. Only the rows that are seen are in it, however many there are. */
export function WindowRows<Item>(props: WindowRowsProps<Item>) {
  const { items, keyOf, row, height, total, onNearEnd, noun } = props
  const list = useRef<HTMLUListElement>(null)
  const [top, setTop] = useState(0)
  const [active, setActive] = useState<number | null>(null)
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), [])
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => height,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => {
      const item = items[index]
      return item === undefined ? index : keyOf(item)
    },
    // The row with the focus stays, or the keyboard would lose its place while the mouse scrolls.
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range)
      return active === null || active >= range.count || seen.includes(active)
        ? seen
        : [...seen, active].sort((a, b) => a - b)
    },
  })
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= items.length - NEAR_END) onNearEnd()
  }, [last, items.length, onNearEnd])

  const wanted = useRef<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: tried again with every change of what is shown
  useEffect(() => {
    if (wanted.current === null) return
    const link = list.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"] [data-row-link]`)
    if (!link) return
    wanted.current = null
    link.focus({ preventScroll: true })
  }, [shown])
  const go = (index: number) => {
    const next = Math.max(0, Math.min(items.length - 1, index))
    wanted.current = next
    setActive(next)
    rows.scrollToIndex(next, { align: 'auto' })
  }
  useShortcuts(`List of ${noun}s`, [
    { keys: 'j', label: `Next ${noun}`, run: () => go(active === null ? 0 : active + 1) },
    { keys: 'k', label: `Previous ${noun}`, run: () => go(active === null ? 0 : active - 1) },
  ])

  return (
    <ul
      ref={list}
      className="relative"
      style={{ height: rows.getTotalSize() }}
      onFocus={({ target }) => {
        const index = Number(target.closest('[data-index]')?.getAttribute('data-index'))
        if (Number.isSafeInteger(index)) setActive(index)
      }}
    >
      {shown.map(({ key, index, start }) => {
        const item = items[index]
        if (item === undefined) return null
        return (
          <li
            key={key}
            ref={rows.measureElement}
            data-index={index}
            aria-setsize={total}
            aria-posinset={index + 1}
            className="absolute inset-x-0 top-0 border-b border-line last:border-b-0"
            style={{ transform: `translateY(${start - top}px)` }}
          >
            {row(item)}
          </li>
        )
      })}
    </ul>
  )
}
