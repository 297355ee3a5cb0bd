import type { BatchedEntry } from '@optio/contract'

/** `relative` counts from the beginning of the attempt. */
export type TimeLook = 'none' | 'relative' | 'absolute'

/** How rows are shown, all of them alike. */
export interface RowLook {
  readonly wraps: boolean
  readonly times: TimeLook
  /** When each attempt began, in milliseconds since the epoch, by its number. */
  readonly attemptStarts: ReadonlyMap<number, number>
  readonly attemptWords: ReadonlyMap<number, string>
  /** Words to be marked. */
  readonly words: string
  /** Address of the page at a line. */
  readonly hrefOf: (seq: number) => string
}

/** What can be done with a row. */
export interface RowActs {
  /** Folds what is unfolded to this level, and the other way round. */
  fold(seq: number, level: number): void
  /** Shows more of a long text. */
  unfold(seq: number, level: number): void
  /** Puts the line into the address. */
  link(seq: number): void
  copyLink(seq: number): void
  copyText(entry: BatchedEntry, answer: BatchedEntry | undefined): void
}

/** What shows the content of an entry needs. */
export interface BodyProps {
  readonly entry: BatchedEntry
  readonly answer: BatchedEntry | undefined
  /** 0 is folded; each level more shows more. */
  readonly level: number
  readonly isPointed: boolean
  readonly look: RowLook
  readonly acts: RowActs
}
