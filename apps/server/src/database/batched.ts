/** Keys of one query at most. */
const MOST_TOGETHER = 200

interface Waiting<T> {
  readonly resolve: (found: T | null) => void
  readonly reject: (error: unknown) => void
}

/**
 * Looks things up one by one for those who ask, and many at once in the database: the first who asks is served at once, and all who ask
 * while that is under way share the next query. So each answer was read after it was asked for, and under load the queries become
 * fewer instead of the waiting longer. `read` answers what there is, by key.
 */
export function createBatchedLookup<T>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): (key: string) => Promise<T | null> {
  let isReading = false
  let asked = new Map<string, Waiting<T>[]>()

  const serve = async (): Promise<void> => {
    isReading = true
    while (asked.size > 0) {
      const entries = [...asked]
      const batch = new Map(entries.slice(0, MOST_TOGETHER))
      asked = new Map(entries.slice(MOST_TOGETHER))
      try {
        const found = await read([...batch.keys()])
        for (const [key, waiting] of batch) for (const { resolve } of waiting) resolve(found.get(key) ?? null)
      } catch (error) {
        for (const { reject } of [...batch.values()].flat()) reject(error)
      }
    }
    isReading = false
  }

  return (key) =>
    new Promise((resolve, reject) => {
      const waiting = { resolve, reject }
      const others = asked.get(key)
      if (others === undefined) asked.set(key, [waiting])
      else others.push(waiting)
      if (!isReading) void serve()
    })
}

/** What became of one of several pieces of work: as `Promise.allSettled` says it. */
type Settled<R> = PromiseSettledResult<R>

/**
 * Does small pieces of work one by one for those who ask, and many at once where many ask: the first is done at once, and all that come
 * while it is under way are done together, up to `most` of them. `work` answers what became of each, in their order; what it throws is
 * the answer for all.
 */
export function createBatchedWork<T, R>(
  work: (items: readonly T[]) => Promise<readonly Settled<R>[]>,
  most: number,
): (item: T) => Promise<R> {
  let isWorking = false
  const waiting: { item: T; resolve: (result: R) => void; reject: (error: unknown) => void }[] = []

  const serve = async (): Promise<void> => {
    isWorking = true
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most)
      try {
        const settled = await work(batch.map(({ item }) => item))
        for (const [n, { resolve, reject }] of batch.entries()) {
          const result = settled[n]
          if (result?.status === 'fulfilled') resolve(result.value)
          else reject(result?.reason ?? new Error('a piece of work was forgotten'))
        }
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isWorking = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isWorking) void serve()
    })
}
