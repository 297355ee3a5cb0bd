import type { PullRequest } from '@optio/contract'
import type { ReactNode } from 'react'

export type ChangedFile = PullRequest['files'][number]

/** What was and is being said about a file, and how to say more. */
export interface FileNotes {
  /** Lines of the new file with notes. */
  readonly lines: ReadonlySet<number>
  /** Notes on a line, or (null) on the file and on lines that the diff does not show. */
  readonly render: (line: number | null, isShown: (line: number) => boolean) => ReactNode
  readonly count: number
}
