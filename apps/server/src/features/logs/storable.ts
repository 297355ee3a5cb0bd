import type { NewEntry } from './entry.ts'

/** A tool result is stored whole up to this; more is cut, with a mark. */
const TOOL_RESULT_LIMIT_BYTES = 256 * 1024

/** Metadata that is larger, or nested more deeply, is not stored; the entry says so instead. */
const METADATA_LIMIT_BYTES = 256 * 1024
const LIMIT_DEPTH = 64

/** Postgres has no NUL in text; it is shown as the picture of one. */
const NUL_PICTURE = '\u2400'
const UNSTORABLE = /[\0\p{Surrogate}]/gu

type Redact = (text: string) => string

const asItIs: Redact = (text) => text

/**
 * Text as Postgres can hold it: NUL becomes `␀`, halves of a surrogate pair (JSON escapes can make them) become U+FFFD. Any
 * other character stays.
 */
export function storableText(text: string): string {
  return text.replace(UNSTORABLE, (character) => (character === '\0' ? NUL_PICTURE : '\ufffd'))
}

/**
 * The entry as it can be stored, within the limits of its parts.
 *
 * @param redact takes secrets out of a text, before it is cut.
 */
export function storableEntry(
  { stream, logType, content, metadata }: NewEntry,
  redact: Redact = asItIs,
): NewEntry {
  const text = storableText(redact(content))
  return {
    stream,
    logType,
    content: logType === 'tool_result' ? cutText(text, TOOL_RESULT_LIMIT_BYTES) : text,
    metadata: metadata === null ? null : storableMetadata(metadata, redact),
  }
}

/** Cuts text to `limit` bytes of UTF-8 between two characters, and says how much is missing. */
export function cutText(text: string, limit: number): string {
  if (text.length * 3 <= limit) return text
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return text
  const end = wholeCharacters(bytes, limit)
  return `${bytes.toString('utf8', 0, end)}\n[cut by Optio: ${bytes.length - end} more bytes]`
}

/** The last position up to `end` that does not tear a character of valid UTF-8 apart. */
export function wholeCharacters(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= Math.min(3, end); back++) {
    const byte = bytes[end - back] ?? 0
    if ((byte & 0b1100_0000) === 0b1000_0000) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? end - back : end
  }
  return end
}

/** JSON as Postgres can hold it: text as in `storableText`, in keys too, without secrets. Null when it is nested too deeply. */
export function storableJson(value: unknown, redact: Redact = asItIs): unknown {
  const storable = storableValue(value, LIMIT_DEPTH, redact)
  return storable === TOO_DEEP ? null : storable
}

function storableMetadata(
  metadata: Readonly<Record<string, unknown>>,
  redact: Redact,
): Readonly<Record<string, unknown>> {
  const storable = storableJson(metadata, redact) as Record<string, unknown> | null
  if (storable === null) return { notStored: 'the metadata was nested too deeply' }
  const text = JSON.stringify(storable)
  if (Buffer.byteLength(text) > METADATA_LIMIT_BYTES) return { notStored: 'the metadata was too large' }
  // A secret of several fields, such as the key of a service account, or one of digits alone.
  const clean = redact(text)
  return clean === text ? storable : { redacted: clean }
}

const TOO_DEEP = Symbol('too deep')

/** Values as `JSON.parse` makes them, with storable text in every place; TOO_DEEP when there is more nesting than allowed. */
function storableValue(value: unknown, depth: number, redact: Redact): unknown {
  if (typeof value === 'string') return storableText(redact(value))
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return TOO_DEEP
  if (Array.isArray(value)) {
    const items = value.map((item) => storableValue(item, depth - 1, redact))
    return items.includes(TOO_DEEP) ? TOO_DEEP : items
  }
  const fields = Object.entries(value).map(
    ([key, field]) => [storableText(redact(key)), storableValue(field, depth - 1, redact)] as const,
  )
  // Not by assignment: a field may be called __proto__.
  return fields.some(([, field]) => field === TOO_DEEP) ? TOO_DEEP : Object.fromEntries(fields)
}
