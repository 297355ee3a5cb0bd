/** One after the other by key: what changes a repository's branches takes turns. */
const turns = new WeakMap<object, Promise<unknown>>()

/** Runs `work` when all earlier work with this key has ended, well or not. Not reentrant. */
export async function inTurn<T>(key: object, work: () => Promise<T>): Promise<T> {
  const before = turns.get(key) ?? Promise.resolve()
  const mine = before.then(work, work)
  turns.set(
    key,
    mine.catch(() => undefined),
  )
  return await mine
}
