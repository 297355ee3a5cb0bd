import { parseJson } from '../params/param-values.ts'

export const SIMPLE_TYPES = ['string', 'text', 'integer', 'number', 'boolean', 'choice', 'list'] as const
export type SimpleType = (typeof SIMPLE_TYPES)[number]

/** A parameter as the builder knows it; everything as it is typed. */
export interface SimpleParam {
  /** Keeps its row the same while others come and go. */
  readonly key: string
  readonly name: string
  readonly type: SimpleType
  readonly required: boolean
  readonly description: string
  /** Empty: none. */
  readonly byDefault: string
  /** Of a choice: one value a line. */
  readonly choices: string
}

type Schema = Readonly<Record<string, unknown>>

/** Most characters of a longer text; what tells it from a line. */
const TEXT_LENGTH = 20_000

let lastKey = 0

export function emptyParam(): SimpleParam {
  lastKey += 1
  return {
    key: String(lastKey),
    name: '',
    type: 'string',
    required: false,
    description: '',
    byDefault: '',
    choices: '',
  }
}

/** The rows of a schema; null where it says more than rows can. An empty text is a schema of no rows. */
export function readSimple(json: string): SimpleParam[] | null {
  if (json.trim() === '') return []
  const schema = objectOf(parseJson(json))
  if (schema === null || !hasOnly(schema, ['type', 'properties', 'required', 'additionalProperties']))
    return null
  if (schema.type !== 'object' || schema.additionalProperties !== false) return null
  const required = schema.required ?? []
  if (!Array.isArray(required)) return null
  const rows = Object.entries(objectOf(schema.properties) ?? {}).map(([name, property]) =>
    rowOf(name, objectOf(property), required.includes(name)),
  )
  return rows.some((row) => row === null) ? null : (rows as SimpleParam[])
}

function rowOf(name: string, property: Schema | null, required: boolean): SimpleParam | null {
  if (property === null) return null
  const type = typeOf(property)
  if (type === null) return null
  const { description = '', default: byDefault } = property
  if (typeof description !== 'string') return null
  const typed = byDefault === undefined ? '' : typedDefault(byDefault)
  const choices = Array.isArray(property.enum) ? property.enum.join('\n') : ''
  const row = { ...emptyParam(), name, type, required, description, byDefault: typed ?? '', choices }
  // What would not come back the same is not for rows.
  return typed !== null && sorted(propertyOf(row)) === sorted(property) ? row : null
}

function typeOf(property: Schema): SimpleType | null {
  if (Array.isArray(property.enum))
    return property.enum.every((each) => typeof each === 'string') ? 'choice' : null
  switch (property.type) {
    case 'string':
      return property.maxLength === TEXT_LENGTH ? 'text' : 'string'
    case 'array':
      return 'list'
    case 'number':
    case 'integer':
    case 'boolean':
      return property.type
    default:
      return null
  }
}

function typedDefault(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string')
  return isList ? value.join('\n') : null
}

/** What is wrong with a row, and at which of its fields. */
export interface RowProblem {
  readonly at: 'name' | 'byDefault' | 'choices'
  readonly words: string
}

/** The schema of some rows as JSON, and what is wrong with them by key. Without rows there is no schema. */
export function writeSimple(rows: readonly SimpleParam[]): {
  readonly json: string
  readonly problems: ReadonlyMap<string, RowProblem>
} {
  const problems = new Map(
    rows.flatMap((row) => {
      const problem = problemOf(row, rows)
      return problem === null ? [] : [[row.key, problem] as const]
    }),
  )
  if (rows.length === 0) return { json: '', problems }
  const required = rows.filter((row) => row.required).map(({ name }) => name)
  const schema = {
    type: 'object',
    properties: Object.fromEntries(rows.map((row) => [row.name, propertyOf(row)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
  return { json: JSON.stringify(schema, null, 2), problems }
}

function problemOf(row: SimpleParam, all: readonly SimpleParam[]): RowProblem | null {
  const { key, name, type, byDefault } = row
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return { at: 'name', words: 'must be letters, digits and _, and not begin with a digit' }
  }
  if (all.some((other) => other.key !== key && other.name === name)) {
    return { at: 'name', words: 'another one has this name' }
  }
  const choices = linesOf(row.choices)
  if (type === 'choice' && choices.length === 0) return { at: 'choices', words: 'say what can be chosen' }
  if (byDefault === '') return null
  const fits = readDefault(row) !== undefined && (type !== 'choice' || choices.includes(byDefault))
  return fits ? null : { at: 'byDefault', words: 'must be of its type, and one of its choices' }
}

function propertyOf(row: SimpleParam): Schema {
  const { type, description, byDefault } = row
  const value = byDefault === '' ? undefined : readDefault(row)
  return {
    ...TYPES[type],
    ...(type === 'choice' ? { enum: linesOf(row.choices) } : {}),
    ...(description === '' ? {} : { description }),
    ...(value === undefined ? {} : { default: value }),
  }
}

const TYPES: Readonly<Record<SimpleType, Schema>> = {
  string: { type: 'string' },
  text: { type: 'string', maxLength: TEXT_LENGTH },
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  choice: { type: 'string' },
  list: { type: 'array', items: { type: 'string' } },
}

/** Undefined where it is not of the type. */
function readDefault({ type, byDefault }: SimpleParam): unknown {
  switch (type) {
    case 'boolean':
      return { true: true, false: false }[byDefault]
    case 'integer':
      return /^-?\d{1,15}$/.test(byDefault.trim()) ? Number(byDefault) : undefined
    case 'number':
      return /^-?\d{1,15}(\.\d{1,15})?$/.test(byDefault.trim()) ? Number(byDefault) : undefined
    case 'list':
      return linesOf(byDefault)
    default:
      return byDefault
  }
}

function linesOf(typed: string): string[] {
  return typed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** As JSON, whatever order its keys are in: the server keeps none. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    const object = objectOf(inner)
    return object === null
      ? inner
      : Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

function hasOnly(schema: Schema, keys: readonly string[]): boolean {
  return Object.keys(schema).every((key) => keys.includes(key))
}

function objectOf(value: unknown): Schema | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : null
}
