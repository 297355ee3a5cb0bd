/** What can be asked for in a form; `json` is everything that has no field of its own. */
export type ParamKind = 'line' | 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'lines' | 'json'

/** One parameter as its schema describes it. */
export interface ParamField {
  readonly name: string
  /** Its title, or its name. */
  readonly label: string
  readonly description: string | null
  readonly kind: ParamKind
  readonly required: boolean
  /** Of a choice: the values, of any type. */
  readonly choices: readonly unknown[]
  /** Undefined: it has none. */
  readonly byDefault: unknown
  /** What sort of line it is, for the keyboards of phones. */
  readonly format: string | null
}

type Schema = Readonly<Record<string, unknown>>

/** A line that may be longer than this is asked for with a larger field. */
const LONG = 200
const LONG_FORMATS: readonly unknown[] = ['textarea', 'multiline', 'markdown', 'text']

/**
 * The fields of a form for the parameters of a schema (JSON Schema of an object); those that are required first, in the order it names
 * them in. Null where it has no `properties` and allows others, so that only JSON can hold them.
 */
export function paramFields(schema: Schema | null): ParamField[] | null {
  if (schema === null) return null
  const properties = objectOf(schema.properties)
  if (properties === null || Object.keys(properties).length === 0) return isClosed(schema) ? [] : null
  const required = Array.isArray(schema.required) ? (schema.required as unknown[]) : []
  const fields = Object.entries(properties).map(([name, property]) =>
    fieldOf(name, objectOf(property) ?? {}, required.includes(name)),
  )
  const byName = new Map(fields.map((field) => [field.name, field]))
  const first = new Set(required.flatMap((name) => byName.get(String(name)) ?? []))
  return [...first, ...fields.filter((field) => !field.required)]
}

/** There can be no parameter that it does not name. */
function isClosed(schema: Schema): boolean {
  return schema.additionalProperties === false || schema.unevaluatedProperties === false
}

function fieldOf(name: string, schema: Schema, required: boolean): ParamField {
  return {
    name,
    label: words(schema.title) ?? name,
    description: words(schema.description),
    kind: kindOf(schema),
    required,
    choices: choicesOf(schema),
    byDefault: schema.default,
    format: words(schema.format),
  }
}

function kindOf(schema: Schema): ParamKind {
  if (choicesOf(schema).length > 0) return 'choice'
  const type = typeOf(schema)
  switch (type) {
    case 'string':
      return isLong(schema) ? 'text' : 'line'
    case 'number':
    case 'integer':
    case 'boolean':
      return type
    case 'array':
      return typeOf(objectOf(schema.items) ?? {}) === 'string' &&
        choicesOf(objectOf(schema.items) ?? {}).length === 0
        ? 'lines'
        : 'json'
    default:
      return 'json'
  }
}

function isLong({ maxLength, format, contentMediaType }: Schema): boolean {
  return (
    LONG_FORMATS.includes(format) ||
    (typeof contentMediaType === 'string' && contentMediaType.startsWith('text/')) ||
    (typeof maxLength === 'number' && maxLength > LONG)
  )
}

function choicesOf(schema: Schema): readonly unknown[] {
  if ('const' in schema) return [schema.const]
  return Array.isArray(schema.enum) ? schema.enum : []
}

/** Its one type besides null; null where it has none or several. */
function typeOf({ type }: Schema): string | null {
  const types = [type].flat().filter((each): each is string => typeof each === 'string' && each !== 'null')
  return types.length === 1 ? (types[0] ?? null) : null
}

function objectOf(value: unknown): Schema | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : null
}

function words(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}
