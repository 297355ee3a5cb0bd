import { sql } from 'drizzle-orm'
import { decodeCursor } from '../http/cursor.ts'
import { type Given, type GivenPlace, type PageRequest, place } from './newest-first.ts'

/** What differs between two requests for the same list, while the statement that reads it stays the same. */
export interface ListTerms {
  readonly workspaceId: Given<string>
  /** Each begins a word of what is listed. */
  readonly words: Given<string> | undefined
  /** The last that was seen. */
  readonly after: GivenPlace | undefined
  /** One more than are shown. */
  readonly rows: Given<number>
  readonly offset: Given<number>
  /** So many of the newest are enough for the page. */
  readonly enough: Given<number>
}

/** Throws INVALID_CURSOR. */
export function termsOf(
  workspaceId: string,
  { limit, offset = 0, cursor, words }: PageRequest & { readonly words?: string | undefined },
): ListTerms {
  return {
    ...{ workspaceId, words: words || undefined, rows: limit + 1, offset, enough: offset + limit + 1 },
    after: cursor === undefined ? undefined : decodeCursor(place, cursor),
  }
}

/** Places instead of values, for a statement of the form that these terms have. */
export function placesFor({ words, after }: ListTerms): ListTerms {
  return {
    workspaceId: sql.placeholder('workspaceId'),
    words: words && sql.placeholder('words'),
    after: after && { t: sql.placeholder('t'), i: sql.placeholder('i') },
    rows: sql.placeholder('rows'),
    offset: sql.placeholder('offset'),
    enough: sql.placeholder('enough'),
  }
}

/** What goes into those places. */
export function valuesFor({ after, ...others }: ListTerms): Record<string, unknown> {
  return { ...others, ...after }
}
