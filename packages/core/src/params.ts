import { OptioError } from '@optio/contract'
import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { TimeUp, withinTime } from './bounded.ts'
import { oneLine } from './text.ts'

/** JSON Schema (draft 2020-12) as people give it. */
export type ParamsSchema = Readonly<Record<string, unknown>>
export type Params = Record<string, unknown>

/** Longest time one check may take, in milliseconds. */
const MOST_MS = 2_000
/** Most problems that are told. */
const MOST_PROBLEMS = 20
/** Most schemas that are kept ready. */
const MOST_READY = 100

interface Problem {
  /** Dotted, from the part of the request it is in. */
  readonly path: string
  readonly message: string
}

/**
 * Throws VALIDATION with `details: [{ path, message }]` for a schema that is none, that refers to another document, that refuses every
 * object by its type, or that takes too long to be read. `path` is where the request has it.
 */
export function checkParamsSchema(schema: ParamsSchema, path = 'paramsSchema'): void {
  readied(schema, path)
}

/**
 * The parameters with the defaults of the schema filled in; those given are left as they are. Without a schema they are what was given.
 * Throws PARAMS_INVALID with `details: [{ path, message }]` for parameters it refuses, VALIDATION for a schema that is none.
 */
export function validateParams(
  schema: ParamsSchema | null,
  params: Readonly<Params>,
  path = 'params',
): Params {
  const filled = structuredClone(params) as Params
  if (schema === null) return filled
  const problems = findProblems(readied(schema, 'paramsSchema'), filled, path)
  const [first] = problems
  if (first === undefined) return filled
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more: see details)` : ''
  throw new OptioError('PARAMS_INVALID', `${first.path}: ${first.message}${more}`, {
    details: problems.slice(0, MOST_PROBLEMS),
  })
}

/** By the text of their schemas, least recently used first. */
const ready = new Map<string, ValidateFunction>()

function readied(schema: ParamsSchema, path: string): ValidateFunction {
  const key = textOf(schema, path)
  const known = ready.get(key)
  const validate = known ?? compile(key, path)
  ready.delete(key)
  ready.set(key, validate)
  for (const oldest of ready.keys()) {
    if (ready.size <= MOST_READY) break
    ready.delete(oldest)
  }
  return validate
}

function textOf(schema: ParamsSchema, path: string): string {
  try {
    return JSON.stringify(schema)
  } catch (error) {
    throw refusal([{ path, message: explained(error) }], path)
  }
}

/** Knows what a schema looks like; made once, because that takes longest. */
let reader: Ajv2020 | null = null

function createReader(): Ajv2020 {
  const created = new Ajv2020({ strict: false, logger: false })
  // Its first use compiles what all schemas are checked by: nobody's fault, and not to be counted as the time of one.
  created.validateSchema({})
  return created
}

/**
 * Own properties only: a parameter named `constructor` is not there because every object has one. Made anew for each schema: what one
 * means must not depend on the `$id` of another. It knows no other document, and none is fetched.
 */
function createCompiler(): Ajv2020 {
  const options = { allErrors: true, useDefaults: true, ownProperties: true, inlineRefs: false } as const
  const created = new Ajv2020({
    ...options,
    strict: false,
    meta: false,
    validateSchema: false,
    logger: false,
  })
  formats.default(created)
  return created
}

function compile(text: string, path: string): ValidateFunction {
  reader ??= createReader()
  const ajv = reader
  // The draft it names does not matter: it is read as 2020-12, and what that refuses is told.
  const { $schema: _, ...schema } = JSON.parse(text) as AnySchemaObject
  try {
    return withinTime(() => {
      if (ajv.validateSchema(schema) !== true) throw refusal((ajv.errors ?? []).map(problemOf(path)), path)
      const unusable = whyUnusable(schema)
      if (unusable !== null) throw refusal([{ path, message: unusable }], path)
      return createCompiler().compile(schema)
    }, MOST_MS)
  } catch (error) {
    if (error instanceof OptioError) throw error
    // It may have been ended in the middle of something.
    if (error instanceof TimeUp || error instanceof RangeError) reader = null
    throw refusal([{ path, message: explained(error) }], path)
  }
}

function refusal(problems: readonly Problem[], path: string): OptioError {
  const first = problems[0] ?? { path, message: 'is not a JSON Schema' }
  return new OptioError('VALIDATION', `${first.path}: ${first.message}`, {
    details: problems.slice(0, MOST_PROBLEMS),
  })
}

function whyUnusable(schema: AnySchemaObject): string | null {
  const { type } = schema
  if (type !== undefined && ![type].flat().includes('object')) {
    return 'must allow an object: parameters have names. Give it "type": "object" and "properties".'
  }
  // What it compiles to answers a promise, which would pass for a yes.
  return '$async' in schema ? 'must not have $async' : null
}

function explained(error: unknown): string {
  if (error instanceof TimeUp) return 'takes too long to be read; make it smaller'
  if (error instanceof RangeError) return 'is nested too deeply'
  const message = error instanceof Error ? error.message : String(error)
  const missing = /can't resolve reference (\S{1,200})/.exec(message)?.[1]
  if (missing !== undefined)
    return `refers to ${missing}, which is not in it; only references within it are followed`
  return `is not a JSON Schema: ${oneLine(message, 300)}`
}

function findProblems(validate: ValidateFunction, filled: Params, path: string): Problem[] {
  try {
    return withinTime(() => (validate(filled) ? [] : (validate.errors ?? []).map(problemOf(path))), MOST_MS)
  } catch (error) {
    if (error instanceof TimeUp)
      return [{ path, message: 'take too long to be checked by their paramsSchema' }]
    if (error instanceof RangeError)
      return [{ path, message: 'cannot be checked by their paramsSchema: it refers to itself without end' }]
    throw error
  }
}

function problemOf(root: string): (error: ErrorObject) => Problem {
  return ({ instancePath, keyword, message = 'is not valid', params }) => {
    const named: unknown = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty
    const parts = instancePath.split('/').slice(1).map(unescapePointer)
    if (typeof named === 'string') parts.push(named)
    return {
      path: oneLine([root, ...parts].join('.'), 500),
      message: oneLine(words(keyword, message, params), 500),
    }
  }
}

function words(keyword: string, message: string, params: Record<string, unknown>): string {
  if (keyword === 'required') return 'is required'
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties')
    return 'is not a known parameter'
  if (keyword === 'enum') return `must be one of ${JSON.stringify(params.allowedValues)}`
  return message
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
