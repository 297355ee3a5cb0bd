import { z } from 'zod'
import { damaged } from './tar-format.ts'

/** Names in the archive. */
export const NAMES = {
  manifest: 'manifest.json',
  end: 'end.json',
  database: 'database/',
  files: 'files/',
} as const

const identifier = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/)

/** The first entry: what the backup is of. */
const manifest = z.object({
  format: z.literal(1),
  program: z.literal('optio'),
  /** Version of the Optio that wrote it. */
  version: z.string(),
  createdAt: z.string(),
  /** What the migrations of the database are recognised by, in order. */
  migrations: z.array(z.object({ hash: z.string(), made: z.int() })),
  /** In an order in which they can be filled: what is referred to comes first. */
  tables: z.array(z.object({ name: identifier, columns: z.array(identifier).min(1) })),
  /** No new agents were started while it was made, for its sake: the copy is not to be paused. */
  pausedForBackup: z.boolean(),
})
export type Manifest = z.infer<typeof manifest>

/** The last entry: what everything before it comes to. */
const end = z.object({
  sha256: z.string(),
  entries: z.int(),
  bytes: z.int(),
  rows: z.record(z.string(), z.int()),
  /** Files and directories of agents that could not be read, and are missing. */
  unread: z.int().default(0),
})
export type End = z.infer<typeof end>

export function parseManifest(text: string): Manifest {
  return parse(text, manifest, 'its manifest cannot be read, or was written by a newer Optio')
}

export function parseEnd(text: string): End {
  return parse(text, end, 'its end cannot be read')
}

function parse<T>(text: string, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw damaged(what)
  }
}
