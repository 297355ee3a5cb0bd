import { useCallback, useEffect, useState } from 'react'

/** What was kept in this tab under `key`; null when there is nothing, or the browser keeps nothing. */
export function readKept(key: string): string | null {
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null
  }
}

/** Keeps text in this tab; null takes it away. */
export function keep(key: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, value)
  } catch {
    // A browser that keeps nothing still shows it until the page is left.
  }
}

/**
 * A set of words that survives a reload of this tab: files that were viewed at one head, for instance. Another `key` is another
 * set.
 */
export function useKeptSet(
  key: string,
): readonly [ReadonlySet<string>, (word: string, isIn: boolean) => void] {
  const [kept, setKept] = useState(() => ({ key, set: readSet(key) }))
  const current = kept.key === key ? kept : { key, set: readSet(key) }
  useEffect(() => {
    if (kept.key !== key) setKept({ key, set: readSet(key) })
  }, [kept.key, key])
  const put = useCallback(
    (word: string, isIn: boolean) =>
      setKept((before) => {
        const set = new Set(before.key === key ? before.set : readSet(key))
        if (isIn) set.add(word)
        else set.delete(word)
        keep(key, set.size === 0 ? null : JSON.stringify([...set]))
        return { key, set }
      }),
    [key],
  )
  return [current.set, put]
}

function readSet(key: string): ReadonlySet<string> {
  try {
    const value: unknown = JSON.parse(readKept(key) ?? '[]')
    return new Set(Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [])
  } catch {
    return new Set()
  }
}
