/**
 * Joins callers that want the same thing done: while one run is under way, all who ask meanwhile share the *next* one, so
 * that everybody's run began after they asked.
 */
export function createCoalescer<T = void>(): (key: string, run: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<T>>()
  const next = new Map<string, Promise<T>>()
  const begin = (key: string, run: () => Promise<T>): Promise<T> => {
    const current = run().finally(() => {
      if (running.get(key) === current) running.delete(key)
    })
    running.set(key, current)
    return current
  }
  return (key, run) => {
    const current = running.get(key)
    if (current === undefined) return begin(key, run)
    const queued = next.get(key)
    if (queued !== undefined) return queued
    const follow = () => {
      next.delete(key)
      return begin(key, run)
    }
    const promise = current.then(follow, follow)
    next.set(key, promise)
    return promise
  }
}
