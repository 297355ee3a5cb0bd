import type { BatchedEntry } from '@optio/contract'

/**
 * Entries by position, as the view shows them: those of the whole log (a position is a seq) or those a filter finds. Some are
 * held, the rest is read when it comes near.
 */
export interface LogSource {
  /** First and last position; `last < first` when there is none. */
  readonly first: number
  readonly last: number
  /** Undefined while it is not held. */
  at(position: number): BatchedEntry | undefined
  /** The answer that is shown with the call at this position. */
  answerTo(position: number): BatchedEntry | undefined
  /** It is shown with its call and has no row of its own. */
  isFolded(position: number): boolean
  /** Where an entry is shown: its own position, that of its call, or the nearest there is. */
  positionOf(seq: number): number
  /** There may be entries before `first`, or after `last`. */
  readonly hasBefore: boolean
  readonly hasAfter: boolean
}

/** How much is held in memory: entries, and characters of their contents. What is on the screen is held whatever its size. */
export interface Room {
  readonly entries: number
  readonly characters: number
}

export const ROOM: Room = { entries: 8_000, characters: 24_000_000 }

/** What an entry takes of the room, in characters. */
export function sizeOf(entry: BatchedEntry): number {
  return entry.content.length + (entry.metadata === null ? 0 : sizeOfValue(entry.metadata))
}

function sizeOfValue(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  let size = 16
  for (const part of Object.values(value)) size += sizeOfValue(part)
  return size
}
