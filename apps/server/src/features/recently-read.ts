/** For so long what was read is answered again, in milliseconds. */
const FRESH_MS = 1_000

/** Keys that are remembered; with one more the others are read anew. */
const MOST_KEYS = 1_000

interface Reading<T> {
  readonly at: number
  readonly answer: Promise<T>
}

/**
 * What may lag by a second is read at most once a second for each key, however many ask.
 *
 * @param now milliseconds that only grow; tests set them.
 */
export function createRecentlyRead<T>(
  now: () => number = () => performance.now(),
  mostKeys = MOST_KEYS,
): (key: string, read: () => Promise<T>) => Promise<T> {
  const readings = new Map<string, Reading<T>>()
  return (key, read) => {
    const known = readings.get(key)
    if (known !== undefined && now() - known.at < FRESH_MS) return known.answer
    if (known === undefined && readings.size >= mostKeys) readings.clear()
    const reading = { at: now(), answer: read() }
    readings.set(key, reading)
    // A failure is an answer for those who wait, not for those who come later.
    reading.answer.catch(() => {
      if (readings.get(key) === reading) readings.delete(key)
    })
    return reading.answer
  }
}
