import { createHash } from 'node:crypto'

/** GitHub's own limit is 65,536 characters. */
const MAX_TEXT = 65_000
const MARKER = /<!-- optio:[A-Za-z0-9._:/-]{1,120} -->\s*$/

/**
 * A text with an invisible last line by which Optio finds again what it wrote, also after a death before its number was on record.
 * What looks like such a line in the text itself is made visible, and counts for nothing.
 *
 * @param key names what is said: the same key is said once.
 */
export function withMarker(text: string, key: string): string {
  const shown = text.replaceAll('<!-- optio:', '&lt;!-- optio:').trimEnd()
  const kept = shown.length <= MAX_TEXT ? shown : `${shown.slice(0, MAX_TEXT - 20)}\n… (cut)`
  return `${kept}\n\n${markerOf(key)}`
}

/** Whether a text ends with any marker of Optio's. Anybody can write one: who wrote the text has to be looked at as well. */
export function hasMarker(text: string): boolean {
  return MARKER.test(text.slice(-200))
}

/** Whether a text ends with the marker of this key. */
export function hasMarkerOf(text: string, key: string): boolean {
  return text.trimEnd().endsWith(markerOf(key))
}

/** A text as people see it. */
export function withoutMarker(text: string): string {
  return text.replace(MARKER, '').trimEnd()
}

function markerOf(key: string): string {
  const isPlain = /^[A-Za-z0-9._:/-]{1,120}$/.test(key) && !key.includes('--')
  return `<!-- optio:${isPlain ? key : createHash('sha256').update(key).digest('hex').slice(0, 32)} -->`
}
