import { NoAnswer } from '../../no-answer.ts'
import { keep } from './keep.ts'

const AGAIN_MS = 5000
const MAX_LATE = 1000

/** Throws `NoAnswer` when something is not read within `limitMs`; the reading goes on. @param now milliseconds since the epoch. */
export async function withinTime<T>(
  reading: Promise<T>,
  { limitMs, now }: { readonly limitMs: number; readonly now: () => number },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const again = { retryAt: now() + AGAIN_MS }
      reject(new NoAnswer('failing', 'The details of the pull request are still being read.', again))
    }, limitMs)
  })
  try {
    return await Promise.race([reading, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Readings that take longer than anybody waits for them: whoever asks for the same next is handed what came of the one under way, once.
 */
export function createLateReadings<T>(options: {
  readonly limitMs: number
  readonly now: () => number
}): (key: string, read: () => Promise<T>) => Promise<T> {
  const underWay = new Map<string, Promise<T>>()
  return async (key, read) => {
    const reading = underWay.get(key) ?? read()
    keep(underWay, key, reading, MAX_LATE)
    const forget = () => {
      if (underWay.get(key) === reading) underWay.delete(key)
    }
    // What failed is read anew.
    reading.catch(forget)
    const answer = await withinTime(reading, options)
    forget()
    return answer
  }
}
