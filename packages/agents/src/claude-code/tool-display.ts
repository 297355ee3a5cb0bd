import type { Redact } from '../adapter.ts'
import { objectOf, objectsOf, wordsOf } from './json.ts'

/** Arguments that say best what a call is about, in order of preference. */
const SALIENT = [
  'command',
  'file_path',
  'notebook_path',
  'pattern',
  'path',
  'url',
  'query',
  'skill',
  'subject',
  'description',
  'prompt',
] as const

const LONGEST_ARGUMENT = 2_000

/** A call as one reads it: the tool and what it is about, as in `Bash npm test`. Without secrets. */
export function toolCall(name: string, input: unknown, redact: Redact): string {
  const argument = redact(salientArgument(input, redact))
  return redact(argument === '' ? name : `${name} ${cut(argument)}`)
}

function salientArgument(input: unknown, redact: Redact): string {
  const given = objectOf(input)
  if (given === null) return ''
  for (const name of SALIENT) {
    const words = wordsOf(given[name])
    if (words !== null) return words
  }
  if (Object.keys(given).length === 0) return ''
  return JSON.stringify(given, (_name, value: unknown) => (typeof value === 'string' ? redact(value) : value))
}

function cut(text: string): string {
  return text.length > LONGEST_ARGUMENT ? `${text.slice(0, LONGEST_ARGUMENT)}…` : text
}

/** Longest text of an argument that is kept with its call; a file that is written can be as large as it likes. */
const LONGEST_TEXT = 16_000
const LARGE_INPUT = 100_000

/** The arguments to keep with a call: all of them, but for the ends of long texts when there is much of it; those without secrets. */
export function keptInput(input: unknown, redact: Redact): unknown {
  if (JSON.stringify(input ?? null).length <= LARGE_INPUT) return input ?? null
  return JSON.parse(JSON.stringify(input), (_name, value: unknown) =>
    typeof value === 'string' && value.length > LONGEST_TEXT ? cutText(redact(value)) : value,
  )
}

function cutText(text: string): string {
  const left = text.length - LONGEST_TEXT
  return left > 0 ? `${text.slice(0, LONGEST_TEXT)}\n[cut by Optio: ${left} more characters]` : text
}

/** What a tool answered, as text; an image is named by its type and size. */
export function toolAnswer(content: unknown): string {
  if (typeof content === 'string') return content
  return objectsOf(content)
    .map((block) => wordsOf(block.text) ?? otherBlock(block))
    .join('\n')
}

function otherBlock(block: Readonly<Record<string, unknown>>): string {
  const source = objectOf(block.source)
  const type = wordsOf(source?.media_type) ?? wordsOf(block.type) ?? 'something'
  const data = wordsOf(source?.data)
  // Base64: four characters for three bytes.
  const size = data === null ? '' : `, ${Math.floor((data.length * 3) / 4)} bytes`
  const name = wordsOf(block.tool_name)
  return `[${type}${size}${name === null ? '' : ` ${name}`}]`
}
