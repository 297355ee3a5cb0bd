/** Remembers answers that can never change (they are about commits), at most `limit` of them, the oldest going first. */
export function createMemo<T>(limit: number): (key: string, compute: () => Promise<T>) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return (key, compute) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const value = compute()
    known.set(key, value)
    value.catch(() => known.delete(key))
    for (const oldest of known.keys()) {
      if (known.size <= limit) break
      known.delete(oldest)
    }
    return value
  }
}
