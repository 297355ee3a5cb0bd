/**
 * GitHub's patterns for branches and paths in workflows: `*` is anything but a slash, `**` anything, `?` and `+` repeat what stands
 * before them at most once and at least once, `[a-z]` is one of these. They come from the repository, so they are matched by a table in
 * time and space of pattern times text, and not by a regular expression, which some patterns would keep busy for ever.
 * Source: “Filter pattern cheat sheet” of the workflow syntax.
 */

/** `directories` is any number of whole directories, none too. */
type Part =
  | { readonly repeat: 'once' | 'optional' | 'some' | 'any'; readonly takes: (character: string) => boolean }
  | { readonly repeat: 'directories' }

const MAX_PATTERN = 500
const MAX_TEXT = 4096

/** False too for a pattern or a text beyond any sensible length. */
export function matchesPattern(pattern: string, text: string): boolean {
  if (pattern.length > MAX_PATTERN || text.length > MAX_TEXT) return false
  const parts = partsOf([...pattern])
  const characters = [...text]
  const end = characters.length
  // `after[j]`: what follows of the pattern matches the text from its j-th character on.
  let after: boolean[] = Array.from({ length: end + 1 }, (_, j) => j === end)
  for (const part of parts.reverse()) {
    const here: boolean[] = Array.from({ length: end + 1 }, () => false)
    let behindSlash = false
    for (let j = end; j >= 0; j--) {
      const character = characters[j]
      const skip = after[j] === true
      const take = after[j + 1] === true
      if (part.repeat === 'directories') {
        behindSlash ||= character === '/' && take
        here[j] = skip || behindSlash
        continue
      }
      const fits = character !== undefined && part.takes(character)
      const again = here[j + 1] === true
      here[j] =
        (part.repeat === 'once' && fits && take) ||
        (part.repeat === 'optional' && (skip || (fits && take))) ||
        (part.repeat === 'some' && fits && (take || again)) ||
        (part.repeat === 'any' && (skip || (fits && again)))
    }
    after = here
  }
  return after[0] === true
}

function partsOf(pattern: readonly string[]): Part[] {
  const parts: Part[] = []
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? ''
    const last = parts.at(-1)
    if (character === '*') {
      if (pattern[i + 1] !== '*') {
        parts.push({ repeat: 'any', takes: (one) => one !== '/' })
        continue
      }
      i += 1
      if (pattern[i + 1] === '/' && (parts.length === 0 || pattern[i - 2] === '/')) {
        i += 1
        parts.push({ repeat: 'directories' })
      } else parts.push({ repeat: 'any', takes: () => true })
    } else if ((character === '?' || character === '+') && last?.repeat === 'once') {
      parts[parts.length - 1] = { ...last, repeat: character === '?' ? 'optional' : 'some' }
    } else if (character === '[' && pattern.indexOf(']', i) > i) {
      const close = pattern.indexOf(']', i)
      parts.push({ repeat: 'once', takes: oneOf(pattern.slice(i + 1, close)) })
      i = close
    } else {
      const literal = character === '\\' ? (pattern[++i] ?? '\\') : character
      parts.push({ repeat: 'once', takes: (one) => one === literal })
    }
  }
  return parts
}

function oneOf(characters: readonly string[]): (character: string) => boolean {
  const ranges: [string, string][] = []
  for (let i = 0; i < characters.length; i++) {
    const from = characters[i] ?? ''
    const to = characters[i + 1] === '-' ? characters[i + 2] : undefined
    ranges.push([from, to ?? from])
    if (to !== undefined) i += 2
  }
  return (one) => ranges.some(([from, to]) => from <= one && one <= to)
}

/** Whether a list of patterns takes a text: what begins with `!` takes back what an earlier one took, and the last word counts. */
export function isTaken(patterns: readonly string[], text: string): boolean {
  let taken = false
  for (const pattern of patterns) {
    const isNegative = pattern.startsWith('!')
    if (matchesPattern(isNegative ? pattern.slice(1) : pattern, text)) taken = !isNegative
  }
  return taken
}
