import type { Cli } from './cli.ts'
import { usage } from './cli-error.ts'
import { readJsonObject } from './input.ts'

type Schema = Readonly<Record<string, unknown>> | null

/**
 * Parameters: those of the file, and the words over them. `key=value` is read as the schema says the parameter is (a number, yes or
 * no, JSON for lists and objects), else as text; `key:=json` is JSON whatever the schema says. Undefined when there are none.
 */
export async function readParams(
  cli: Cli,
  words: readonly string[],
  file: string | undefined,
  schema: Schema,
): Promise<Record<string, unknown> | undefined> {
  const fromFile = file === undefined ? undefined : await readJsonObject(cli, file)
  const fromWords = words.map((word) => parse(word, schema))
  if (fromFile === undefined && words.length === 0) return undefined
  return { ...fromFile, ...Object.fromEntries(fromWords) }
}

function parse(word: string, schema: Schema): [key: string, value: unknown] {
  const match = /^([^=]+?)(:?)=([\s\S]*)$/.exec(word)
  if (match === null) throw usage(`“${word}” is no parameter: write it as key=value, or key:=json.`)
  const [, key = '', colon, text = ''] = match
  return [key, colon === ':' ? parseJson(key, text) : parseAs(typesOf(schema, key), text)]
}

function parseJson(key: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw usage(`${key}:= takes JSON: ${(error as Error).message}`)
  }
}

/** What the schema says a parameter may be; nothing where it says that elsewhere than in its properties. */
function typesOf(schema: Schema, key: string): unknown[] {
  const properties = schema?.properties as Record<string, { type?: unknown } | undefined> | undefined
  const type = properties && Object.hasOwn(properties, key) ? properties[key]?.type : undefined
  return Array.isArray(type) ? type : [type]
}

/** What cannot be read stays text: the server says what it should be. */
function parseAs(types: readonly unknown[], text: string): unknown {
  if (types.includes('string') || text.trim() === '') return text
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text
  }
  return types.includes(typeOf(value)) || (types.includes('integer') && Number.isInteger(value))
    ? value
    : text
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
