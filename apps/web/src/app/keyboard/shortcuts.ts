import { useEffect, useRef, useSyncExternalStore } from 'react'
import { useStoredSwitch } from '../../ui/stored-setting.ts'

/** One thing that keys do. */
export interface Shortcut {
  /** One character, a named key (`Enter`), or two characters in a row: `g t`. */
  readonly keys: string
  readonly label: string
  readonly run: () => void
  /** Says whether it is meant just now; the key is left to the browser otherwise. */
  readonly when?: () => boolean
}

export interface ShortcutGroup {
  readonly title: string
  readonly shortcuts: readonly Shortcut[]
}

/** What pages offer at the moment; the last one wins where two want the same keys. */
let groups: readonly ShortcutGroup[] = []
const watchers = new Set<() => void>()

function change(next: readonly ShortcutGroup[]): void {
  groups = next
  for (const watcher of watchers) watcher()
}

/** All shortcuts that work now, for the list of them. */
export function useAllShortcuts(): readonly ShortcutGroup[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => groups,
  )
}

/** Offers shortcuts while the component is shown. `shortcuts` may be made anew each time: what runs is always the latest. */
export function useShortcuts(title: string, shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts)
  useEffect(() => {
    latest.current = shortcuts
  })
  // What they are called seldom changes; what they do may, and is looked up when a key is pressed.
  const names = JSON.stringify(shortcuts.map(({ keys, label }) => [keys, label]))
  useEffect(() => {
    const group: ShortcutGroup = {
      title,
      shortcuts: (JSON.parse(names) as [string, string][]).map(([keys, label], index) => ({
        keys,
        label,
        run: () => latest.current[index]?.run(),
        when: () => latest.current[index]?.when?.() ?? true,
      })),
    }
    change([...groups, group])
    return () => change(groups.filter((each) => each !== group))
  }, [title, names])
}

const SWITCH = 'optio-shortcuts'

/** Whether single keys do anything: people who dictate need them off (WCAG 2.1.4). */
export function useShortcutsSwitch(): [boolean, (on: boolean) => void] {
  return useStoredSwitch(SWITCH, true)
}

/** After the first key of two, the second has to come within this. */
const SECOND_KEY_MS = 1_500

/** Listens for keys and runs what they are for; once, around all pages. */
export function useShortcutKeys(): void {
  const [on] = useShortcutsSwitch()
  useEffect(() => {
    if (!on) return
    let first: { key: string; at: number } | null = null
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (isTyping(event.target) || isDialogOpen()) return
      const before = first !== null && event.timeStamp - first.at < SECOND_KEY_MS ? `${first.key} ` : ''
      first = null
      const found = find(before + event.key) ?? find(event.key)
      if (found) {
        event.preventDefault()
        found.run()
      } else if (
        groups.some(({ shortcuts }) => shortcuts.some(({ keys }) => keys.startsWith(`${event.key} `)))
      ) {
        first = { key: event.key, at: event.timeStamp }
      }
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [on])
}

function find(keys: string): Shortcut | null {
  for (const { shortcuts } of groups.toReversed()) {
    const found = shortcuts.find((shortcut) => shortcut.keys === keys && (shortcut.when?.() ?? true))
    if (found) return found
  }
  return null
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.closest('input:not([type=checkbox]), textarea, select') !== null
}

/** Keys belong to what lies over the page. */
function isDialogOpen(): boolean {
  return document.querySelector('[role=dialog], [role=alertdialog], [role=menu]') !== null
}
