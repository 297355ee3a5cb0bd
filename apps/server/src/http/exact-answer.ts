import { z } from 'zod'

type Check = (value: unknown) => boolean

/**
 * Makes of the schema of an answer a function that says whether a value is exactly what it declares: no key beside those it has, none
 * missing, each of its type. The JSON of such a value is what `z.encode` would make of it, but for the order of its keys. Forms of texts
 * and bounds of numbers are not looked at: they are ours to keep and tests to check. Of kinds of schemas that are not known here nothing is
 * exact.
 */
export function exactAnswer(schema: z.core.$ZodType): Check {
  if (schema instanceof z.core.$ZodString) return isText
  if (schema instanceof z.ZodNumber) return Number.isFinite
  if (schema instanceof z.ZodBoolean) return isBoolean
  if (schema instanceof z.ZodNull) return isNull
  if (schema instanceof z.ZodEnum) return isOneOf(schema.options)
  if (schema instanceof z.ZodLiteral) return isOneOf([...schema.values])
  if (schema instanceof z.ZodNullable) return orNull(exactAnswer(schema.unwrap()))
  if (schema instanceof z.ZodUnion) return anyOf(schema.options.map(exactAnswer))
  if (schema instanceof z.ZodArray && !hasChecks(schema)) return arrayOf(exactAnswer(schema.element))
  if (schema instanceof z.ZodObject && !hasChecks(schema)) return objectOf(schema)
  if (schema instanceof z.ZodRecord && !hasChecks(schema)) return recordOf(schema)
  if (schema instanceof z.ZodUnknown) return () => true
  return () => false
}

function hasChecks(schema: z.ZodType): boolean {
  return (schema.def.checks?.length ?? 0) > 0
}

const isText: Check = (value) => typeof value === 'string'
const isBoolean: Check = (value) => typeof value === 'boolean'
const isNull: Check = (value) => value === null

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOneOf(values: readonly unknown[]): Check {
  const all = new Set(values)
  return (value) => all.has(value)
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value)
}

function anyOf(checks: readonly Check[]): Check {
  return (value) => checks.some((check) => check(value))
}

function arrayOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check)
}

function recordOf({ keyType, valueType }: z.ZodRecord): Check {
  if (!(keyType instanceof z.ZodString) || hasChecks(keyType)) return () => false
  if (valueType instanceof z.ZodUnknown) return isObject
  const check = exactAnswer(valueType)
  return (value) => isObject(value) && Object.values(value).every(check)
}

/** Whatever else it is declared to take, as `strictObject` and `looseObject` do, changes nothing for what has only its own keys. */
function objectOf({ shape }: z.ZodObject): Check {
  const fields = Object.entries(shape).map(([name, schema]) => {
    const isOptional = schema instanceof z.ZodOptional
    return { name, isOptional, check: exactAnswer(isOptional ? schema.unwrap() : schema) }
  })
  return (value) => {
    if (!isObject(value)) return false
    let missing = 0
    for (const { name, isOptional, check } of fields) {
      const member = value[name]
      if (member === undefined && isOptional && !(name in value)) missing += 1
      else if (!check(member) && !(member === undefined && isOptional)) return false
    }
    return countKeys(value) === fields.length - missing
  }
}

function countKeys(value: object): number {
  let count = 0
  for (const _ in value) count += 1
  return count
}
