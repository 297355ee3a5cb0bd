/** Small, pure helpers for text that comes from elsewhere: agents, check logs, reviewers, file names. */

/** Bytes of the text in UTF-8; a lone surrogate counts as the replacement character it becomes. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x80) bytes += 1
    else if (code < 0x800) bytes += 2
    else if (isHighSurrogate(code) && isLowSurrogate(text.charCodeAt(index + 1))) {
      bytes += 4
      index++
    } else bytes += 3
  }
  return bytes
}

/** The longest beginning of at most `maxBytes` bytes that ends between two characters. */
export function firstBytes(text: string, maxBytes: number): string {
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += utf8Length(character)
    if (bytes > maxBytes) return text.slice(0, end)
    end += character.length
  }
  return text
}

/** The longest end of at most `maxBytes` bytes that begins between two characters. */
export function lastBytes(text: string, maxBytes: number): string {
  let bytes = 0
  let start = text.length
  while (start > 0) {
    const isPair =
      isLowSurrogate(text.charCodeAt(start - 1)) && start > 1 && isHighSurrogate(text.charCodeAt(start - 2))
    const from = start - (isPair ? 2 : 1)
    bytes += utf8Length(text.slice(from, start))
    if (bytes > maxBytes) break
    start = from
  }
  return text.slice(start)
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}

/** The beginning, and in words how much is left out, within `maxBytes` bytes all in all. */
export function cutBytes(text: string, maxBytes: number): string {
  const length = utf8Length(text)
  if (length <= maxBytes) return text
  const note = `\n[… cut: ${length} bytes in all]`
  return firstBytes(text, Math.max(0, maxBytes - utf8Length(note))) + note
}

/**
 * Text without characters that a reader does not see but a terminal or a model obeys: control characters (but newline and
 * tab), direction overrides, zero-width marks and the invisible Unicode tags. Line ends become newlines.
 */
export function visible(text: string): string {
  // Nearly every text is plain: a megabyte of log need not be looked at character by character.
  if (!/[^ -~\n\t]/.test(text)) return text
  let result = ''
  for (const character of text.replace(/\r\n?/g, '\n')) {
    if (isVisible(character.codePointAt(0) ?? 0)) result += character
  }
  return result
}

function isVisible(code: number): boolean {
  if (code === 0x0a || code === 0x09) return true
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false
  if ((code >= 0x200b && code <= 0x200f && code !== 0x200d) || code === 0xfeff) return false
  if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) return false
  return !(code >= 0xe0000 && code <= 0xe007f)
}

/** One visible line of at most `maxCharacters` characters. */
export function oneLine(text: string, maxCharacters: number): string {
  // Of a huge text only as much is looked at as can be shown.
  const line = visible(text.slice(0, maxCharacters * 4 + 100))
    .replace(/\s+/g, ' ')
    .trim()
  const characters = [...line.slice(0, maxCharacters * 2 + 2)]
  if (characters.length <= maxCharacters) return line
  return `${characters.slice(0, maxCharacters - 1).join('')}…`
}

/** "a, b, c and 7 more": names from elsewhere for a sentence, however many and however long they are. */
export function listed(names: readonly string[], most = 5, maxCharacters = 100): string {
  const shown = names.slice(0, most).map((name) => oneLine(name, maxCharacters))
  const rest = names.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}
