import { z } from 'zod'

/** The value as JSON, cut down to what is declared; undefined where it is not what is declared. */
type Writer = (value: unknown) => string | undefined

/**
 * Makes of the schema of an answer a function that writes the JSON of what it declares, and nothing beside it. It answers undefined for
 * a value whose keys or types are others than declared. It is what `z.encode` and `JSON.stringify` make of the value, for a tenth of the
 * time: forms of texts and bounds of numbers are not looked at, which are ours to keep and tests to check. Kinds of schemas that have no
 * writer here are left to zod.
 */
export function answerWriter(schema: z.core.$ZodType): Writer {
  if (schema instanceof z.core.$ZodString) return writeText
  if (schema instanceof z.ZodNumber) return writeNumber
  if (schema instanceof z.ZodBoolean) return writeBoolean
  if (schema instanceof z.ZodNull) return writeNull
  if (schema instanceof z.ZodEnum) return oneOf(schema.options)
  if (schema instanceof z.ZodLiteral) return oneOf([...schema.values])
  if (schema instanceof z.ZodNullable) return nullable(answerWriter(schema.unwrap()))
  if (schema instanceof z.ZodArray && !hasChecks(schema)) return arrayOf(answerWriter(schema.element))
  if (schema instanceof z.ZodUnion) return firstOf(schema.options.map((option) => answerWriter(option)))
  if (schema instanceof z.ZodObject && !hasChecks(schema) && schema.def.catchall === undefined) {
    return objectOf(schema.shape)
  }
  if (schema instanceof z.ZodRecord && !hasChecks(schema) && schema.valueType instanceof z.ZodUnknown) {
    return writeRecord
  }
  return (value) => {
    const encoded = z.safeEncode(schema, value)
    return encoded.success ? JSON.stringify(encoded.data) : undefined
  }
}

function hasChecks(schema: z.ZodType): boolean {
  return (schema.def.checks?.length ?? 0) > 0
}

/** Anything but what JSON has as it is: quotes, backslashes, control characters, and halves of pairs, which may stand alone. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

/** Longer ones are not looked through first. */
const SHORT = 1_000

const writeText: Writer = (value) => {
  if (typeof value !== 'string') return undefined
  return value.length > SHORT || ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`
}

const writeNumber: Writer = (value) => (Number.isFinite(value) ? JSON.stringify(value) : undefined)

const writeBoolean: Writer = (value) => (value === true ? 'true' : value === false ? 'false' : undefined)

const writeNull: Writer = (value) => (value === null ? 'null' : undefined)

const writeRecord: Writer = (value) => (isPlain(value) ? JSON.stringify(value) : undefined)

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function oneOf(values: readonly unknown[]): Writer {
  const written = new Map(values.map((value) => [value, JSON.stringify(value)]))
  return (value) => written.get(value)
}

function nullable(write: Writer): Writer {
  return (value) => (value === null ? 'null' : write(value))
}

function firstOf(options: readonly Writer[]): Writer {
  return (value) => {
    for (const write of options) {
      const written = write(value)
      if (written !== undefined) return written
    }
    return undefined
  }
}

function arrayOf(write: Writer): Writer {
  return (value) => {
    if (!Array.isArray(value)) return undefined
    let text = ''
    for (const item of value) {
      const written = write(item)
      if (written === undefined) return undefined
      text += text === '' ? written : `,${written}`
    }
    return `[${text}]`
  }
}

function objectOf(shape: Readonly<Record<string, z.core.$ZodType>>): Writer {
  const fields = Object.entries(shape).map(([name, schema]) => {
    const isOptional = schema instanceof z.ZodOptional
    const write = answerWriter(isOptional ? schema.unwrap() : schema)
    return { name, key: `${JSON.stringify(name)}:`, isOptional, write }
  })
  return (value) => {
    if (!isPlain(value)) return undefined
    let text = ''
    for (const { name, key, isOptional, write } of fields) {
      const member = value[name]
      if (member === undefined && isOptional) continue
      const written = write(member)
      if (written === undefined) return undefined
      text += text === '' ? key + written : `,${key}${written}`
    }
    return `{${text}}`
  }
}
