import type { Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'

type Paused = NonNullable<Snapshot['capacity']['paused']>

/** Since when Optio is paused, by whom and why, as a sentence. */
export function pausedSince({ since, by, reason }: Paused): string {
  const time = `${new Date(since).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const why = reason === null || reason.trim() === '' ? '' : ` (${oneLine(reason, 500)})`
  return `Optio is paused since ${time} by ${by}${why}.`
}

/** What would change it. */
export const UNPAUSE = 'Unpause Optio: the button on the overview, or `optio unpause`.'
