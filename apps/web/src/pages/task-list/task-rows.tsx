import type { Task } from '@optio/contract'
import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useShortcuts } from '../../app/keyboard/shortcuts.ts'
import { TaskRow } from './task-row.tsx'

interface TaskRowsProps {
  readonly tasks: readonly Task[]
  readonly nameOf: (repoUrl: string | null) => string
  readonly paused: boolean
  /** How many there are in all; -1 while that is not known. */
  readonly total: number
  readonly onNearEnd: () => void
}

/** Height of most rows, before they are measured, in pixels. */
const ROW = 65
/** Further rows are asked for when so many are left below. */
const NEAR_END = 20

/** Only the rows that are seen are in the page, however many there are. */
export function TaskRows({ tasks, nameOf, paused, total, onNearEnd }: TaskRowsProps) {
  const list = useRef<HTMLUListElement>(null)
  const [top, setTop] = useState(0)
  const [active, setActive] = useState<number | null>(null)
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), [])
  const rows = useWindowVirtualizer({
    count: tasks.length,
    estimateSize: () => ROW,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => tasks[index]?.id ?? index,
    // The row with the focus stays, or the keyboard would lose its place while the mouse scrolls.
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range)
      return active === null || active >= range.count || seen.includes(active)
        ? seen
        : [...seen, active].sort((a, b) => a - b)
    },
  })
  const items = rows.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= tasks.length - NEAR_END) onNearEnd()
  }, [last, tasks.length, onNearEnd])

  const wanted = useRef<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: tried again with every change of what is shown
  useEffect(() => {
    if (wanted.current === null) return
    const link = list.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"] [data-task-link]`)
    if (!link) return
    wanted.current = null
    link.focus({ preventScroll: true })
  }, [items])
  const go = (index: number) => {
    const next = Math.max(0, Math.min(tasks.length - 1, index))
    wanted.current = next
    setActive(next)
    rows.scrollToIndex(next, { align: 'auto' })
  }
  useShortcuts('List of tasks', [
    { keys: 'j', label: 'Next task', run: () => go(active === null ? 0 : active + 1) },
    { keys: 'k', label: 'Previous task', run: () => go(active === null ? 0 : active - 1) },
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
      {items.map(({ key, index, start }) => {
        const task = tasks[index]
        if (!task) return null
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
            <TaskRow task={task} repoName={nameOf(task.repoUrl)} paused={paused} />
          </li>
        )
      })}
    </ul>
  )
}
