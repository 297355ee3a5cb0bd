/** Most marks in one text: each is an element. */
const MOST_MARKS = 300

export interface Part {
  readonly text: string
  readonly isHit: boolean
  /** Where it begins in the text. */
  readonly at: number
}

/** Cuts a text at the places where words occur in it, whatever their case: as the server searches. */
export function partsOf(text: string, words: string): readonly Part[] {
  if (words === '') return [{ text, isHit: false, at: 0 }]
  const parts: Part[] = []
  const pattern = new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu')
  let end = 0
  for (const { 0: hit, index } of text.matchAll(pattern)) {
    if (parts.length >= 2 * MOST_MARKS) break
    if (index > end) parts.push({ text: text.slice(end, index), isHit: false, at: end })
    parts.push({ text: hit, isHit: true, at: index })
    end = index + hit.length
  }
  if (end < text.length || parts.length === 0) parts.push({ text: text.slice(end), isHit: false, at: end })
  return parts
}
