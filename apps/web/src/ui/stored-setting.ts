import { useCallback, useSyncExternalStore } from 'react'

const watchers = new Set<() => void>()
/** For browsers that refuse to keep anything: it holds until the page is left. */
const memory = new Map<string, string>()

/** What a browser keeps under a name; null for nothing, also where it may keep nothing. */
function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return memory.get(key) ?? null
  }
}

export function writeStored(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    if (value === null) memory.delete(key)
    else memory.set(key, value)
  }
  for (const watcher of watchers) watcher()
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  window.addEventListener('storage', watcher)
  return () => {
    watchers.delete(watcher)
    window.removeEventListener('storage', watcher)
  }
}

/** What is kept under a name, and again whenever it changes, in this tab or another. */
export function useStored(key: string): string | null {
  return useSyncExternalStore(watch, () => readStored(key))
}

/** A switch a browser remembers; the same in all its tabs. `initial` holds until somebody chose. */
export function useStoredSwitch(key: string, initial: boolean): [boolean, (on: boolean) => void] {
  const stored = useStored(key)
  const choose = useCallback((on: boolean) => writeStored(key, on ? 'on' : 'off'), [key])
  return [stored === null ? initial : stored === 'on', choose]
}
