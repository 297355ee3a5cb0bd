/** Reads values of unknown JSON, so that no line can make the parser throw. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The line as a JSON object; null when it is none. */
export function parseObject(line: string): JsonObject | null {
  // Throwing is slow, and other programs write their plain lines into the stream, too.
  if (!/^\s*\{/.test(line)) return null
  try {
    return JSON.parse(line) as JsonObject
  } catch {
    return null
  }
}

export function objectOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

/** The objects of a list; empty when it is no list. */
export function objectsOf(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) return []
  return value.map(objectOf).filter((item) => item !== null)
}

/** A string that says something; null for anything else. */
export function wordsOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** A count of tokens; 0 for what is none. More than a trillion is a mistake, not a count. */
export function tokensOf(value: unknown): number {
  const count = numberOf(value)
  return count !== null && count > 0 ? Math.min(Math.ceil(count), 1e12) : 0
}
