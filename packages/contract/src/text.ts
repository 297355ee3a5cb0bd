/**
 * Text that can be stored and shown. Postgres takes neither NUL nor half of a surrogate pair, so a string that holds one is
 * refused at the door instead of failing inside.
 */

const LONE_SURROGATE = /\p{Surrogate}/u

/** What is wrong with the text, in words; null when it can be stored. */
export function brokenText(text: string): string | null {
  if (text.includes('\0')) return 'must not contain NUL (U+0000)'
  if (LONE_SURROGATE.test(text)) return 'must be well-formed Unicode: it contains half of a surrogate pair'
  return null
}

/** JSON nested deeper than this is refused: writing it back out would exhaust the stack. */
export const MAX_JSON_DEPTH = 32

/**
 * What stops a JSON value from being stored, in words; null when nothing does. Walks with a list of its own instead of the call
 * stack, because the nesting comes from outside.
 */
export function brokenJson(root: unknown): string | null {
  let level: unknown[] = [root]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_JSON_DEPTH) return `must not be nested deeper than ${MAX_JSON_DEPTH} levels`
    const next: unknown[] = []
    for (const value of level) {
      const broken = typeof value === 'string' ? brokenText(value) : null
      if (broken) return broken
      if (typeof value !== 'object' || value === null) continue
      for (const [key, child] of Object.entries(value)) {
        const brokenKey = brokenText(key)
        if (brokenKey) return brokenKey
        next.push(child)
      }
    }
    level = next
  }
  return null
}

/** Length as people count it: an emoji outside the basic plane is one character, not two. */
export function countCharacters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** The first `max` characters; never half of a surrogate pair. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  let end = 0
  let count = 0
  for (const character of text) {
    if (count === max) break
    count += 1
    end += character.length
  }
  return text.slice(0, end)
}

/** One line: every kind of line break becomes one space. */
export function onOneLine(text: string): string {
  return text.replace(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/g, ' ')
}

/** Characters that steer a terminal, turn the direction of writing, break lines, or are there without being seen. */
const STEERING =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu

/**
 * Text of others as it may be written to a terminal: what would move the cursor, colour, turn or hide what stands beside it becomes
 * visible as `\u{1b}`. With `lines`, line breaks and tabs stay.
 */
export function showControls(text: string, { lines = false }: { lines?: boolean } = {}): string {
  const source = lines ? text.replaceAll('\r\n', '\n') : text
  return source.replace(STEERING, (char) =>
    lines && (char === '\n' || char === '\t') ? char : `\\u{${char.codePointAt(0)?.toString(16)}}`,
  )
}
