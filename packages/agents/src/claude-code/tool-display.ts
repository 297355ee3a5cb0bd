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

/** A call as one reads it: the tool and what it is about, as in `Bash npm test`. */
export function toolCall(name: string, input: unknown): string {
  const argument = salientArgument(input)
  return argument === '' ? name : `${name} ${cut(argument)}`
}

function salientArgument(input: unknown): string {
  const given = objectOf(input)
  if (given === null) return ''
  for (const name of SALIENT) {
    const words = wordsOf(given[name])
    if (words !== null) return words
  }
  return Object.keys(given).length === 0 ? '' : JSON.stringify(given)
}

function cut(text: string): string {
  return text.length > LONGEST_ARGUMENT ? `${text.slice(0, LONGEST_ARGUMENT)}…` : text
}

/** Longest text of an argument that is kept with its call; a file that is written can be as large as it likes. */
const LONGEST_TEXT = 16_000
const LARGE_INPUT = 100_000

/** The arguments to keep with a call: all of them, but for the ends of long texts when there is much of it. */
export function keptInput(input: unknown): unknown {
  if (JSON.stringify(input ?? null).length <= LARGE_INPUT) return input ?? null
  return JSON.parse(JSON.stringify(input), (_name, value: unknown) =>
    typeof value === 'string' && value.length > LONGEST_TEXT
      ? `${value.slice(0, LONGEST_TEXT)}\n[cut by Optio: ${value.length - LONGEST_TEXT} more characters]`
      : value,
  )
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
