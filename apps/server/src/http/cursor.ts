import { OptioError } from '@optio/contract'
import type { z } from 'zod'

/** Opaque to clients: JSON in base64url. Not secret and not signed: it can only say where a list goes on. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position), 'utf8').toString('base64url')
}

/** Reads a cursor back. Throws INVALID_CURSOR for anything this server has not made. */
export function decodeCursor<T extends z.ZodType>(schema: T, cursor: string): z.output<T> {
  if (/^[\w-]+$/.test(cursor)) {
    try {
      const found = schema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
      if (found.success) return found.data
    } catch {
      // Not JSON: as unreadable as the rest.
    }
  }
  throw new OptioError(
    'INVALID_CURSOR',
    'The cursor cannot be read. Use "nextCursor" of an answer as it is, or leave it out to begin at the start.',
  )
}
