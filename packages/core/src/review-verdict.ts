import { type ReviewVerdict, VERDICTS, type Verdict } from './definitions.ts'
import { visible } from './text.ts'

/**
 * Reads a reviewing agent's verdict out of its last message: the last fenced block that holds one, or the whole text. Lenient
 * about the form (what stands around it, the fence's language, a fence that is not closed), strict about the meaning: a verdict
 * that is not exactly one of the three is none, and neither a broken block nor an invalid one is made up for by an earlier
 * block, which may be an example or a quotation of what was reviewed.
 */

const MOST_COMMENTS = 100
const MOST_CHARACTERS = 10_000
const LONGEST_PATH = 1_000

/** Room for the largest verdict, with every character escaped; a message is looked at from its end. */
const LONGEST_MESSAGE = 8_000_000

/** The verdict in the text, bounded (100 comments, texts of 10,000 characters); null when there is none. */
export function parseVerdict(text: string): ReviewVerdict | null {
  const message = text.slice(-LONGEST_MESSAGE)
  const blocks = fencedBlocks(message)
  for (const block of [...blocks].reverse()) {
    const value = parseJson(block.body)
    if (isObject(value)) {
      if ('verdict' in value) return toVerdict(value)
    } else if (block.body.includes('"verdict"')) return null
  }
  const whole = parseJson(message)
  return isObject(whole) ? toVerdict(whole) : null
}

interface Block {
  readonly body: string
}

/** Blocks between lines of three or more backticks or tildes; the last one may be open. */
function fencedBlocks(text: string): readonly Block[] {
  const blocks: Block[] = []
  let fence: string | null = null
  let body: string[] = []
  for (const line of text.split('\n')) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? null
    if (fence === null) {
      if (mark !== null) fence = mark
    } else if (mark?.startsWith(fence) && line.trim() === mark) {
      blocks.push({ body: body.join('\n') })
      fence = null
      body = []
    } else body.push(line)
  }
  if (fence !== null) blocks.push({ body: body.join('\n') })
  return blocks
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toVerdict(value: Readonly<Record<string, unknown>>): ReviewVerdict | null {
  const verdict = VERDICTS.find((each) => each === value.verdict) as Verdict | undefined
  const summary = words(value.summary)
  const given = value.comments ?? []
  if (verdict === undefined || summary === null || !Array.isArray(given)) return null
  const comments: ReviewVerdict['comments'][number][] = []
  for (const each of given.slice(0, MOST_COMMENTS)) {
    const comment = toComment(each)
    if (comment === null) return null
    comments.push(comment)
  }
  return { verdict, summary, comments }
}

/** A line that is none leaves a comment on the file. */
function toComment(value: unknown): ReviewVerdict['comments'][number] | null {
  if (!isObject(value)) return null
  const path = words(value.path, LONGEST_PATH)
  const body = words(value.body)
  if (path === null || body === null) return null
  const { line } = value
  const isLine = typeof line === 'number' && Number.isInteger(line) && line > 0 && line <= 0x7fffffff
  return { path, line: isLine ? line : null, body }
}

/** Visible text that can be stored and shown; null when nothing is said. */
function words(value: unknown, most = MOST_CHARACTERS): string | null {
  if (typeof value !== 'string') return null
  // Cut in two steps, so that a huge text is not looked at as a whole; half a character at the cut becomes a mark.
  const text = visible(value.slice(0, most * 2))
    .trim()
    .slice(0, most)
    .replace(/\p{Surrogate}/gu, '\ufffd')
  return text === '' ? null : text
}
