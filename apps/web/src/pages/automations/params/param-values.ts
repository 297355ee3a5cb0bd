import { ApiError } from '@optio/contract'
import type { ParamField } from './param-fields.ts'

/** What is in a form of parameters, as it was typed, by name. Of a choice the place of the chosen value; of a switch `true` or `false`. */
export type ParamValues = ReadonlyMap<string, string>
export type Params = Readonly<Record<string, unknown>>

/** The form with what holds where nothing is said. */
export function initialValues(fields: readonly ParamField[]): ParamValues {
  return new Map(fields.map((field) => [field.name, typedAs(field, field.byDefault)]))
}

/** A value as somebody would have typed it. */
function typedAs({ kind, choices, required }: ParamField, value: unknown): string {
  if (kind === 'choice') {
    const index = choices.findIndex((choice) => JSON.stringify(choice) === JSON.stringify(value))
    return index < 0 ? (required && choices.length === 1 ? '0' : '') : String(index)
  }
  if (kind === 'boolean') return typeof value === 'boolean' ? String(value) : required ? 'false' : ''
  if (value === undefined || value === null) return ''
  if (kind === 'lines') return Array.isArray(value) ? value.join('\n') : ''
  if (kind === 'json') return JSON.stringify(value, null, 2)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export interface ReadParams {
  readonly params: Params
  /** What cannot be sent as it is, by the name of its field. The server says what else is wrong. */
  readonly problems: ReadonlyMap<string, string>
}

/** What is sent: only what was filled in. */
export function readParams(fields: readonly ParamField[], values: ParamValues): ReadParams {
  const problems = new Map<string, string>()
  const params = fields.flatMap((field): [string, unknown][] => {
    const typed = values.get(field.name) ?? ''
    if (isLeftOut(field, typed)) {
      if (field.required) problems.set(field.name, 'is required')
      return []
    }
    const value = readValue(field, typed)
    if (value === undefined) problems.set(field.name, PROBLEMS[field.kind] ?? 'cannot be read')
    return [[field.name, value]]
  })
  return { params: Object.fromEntries(params), problems }
}

const PROBLEMS: Partial<Record<ParamField['kind'], string>> = {
  number: 'must be a number',
  integer: 'must be a whole number',
  json: 'must be JSON',
}

/** An empty field says nothing, but one whose default was taken away on purpose says that it is empty. */
function isLeftOut({ kind, byDefault }: ParamField, typed: string): boolean {
  if (kind === 'line' || kind === 'text')
    return typed === '' && !(typeof byDefault === 'string' && byDefault !== '')
  if (kind === 'lines') return typed.trim() === '' && !(Array.isArray(byDefault) && byDefault.length > 0)
  return typed.trim() === ''
}

/** Undefined where it cannot be read. */
function readValue({ kind, choices }: ParamField, typed: string): unknown {
  switch (kind) {
    case 'choice':
      return choices[Number(typed)]
    case 'boolean':
      return typed === 'true'
    case 'number':
    case 'integer':
      return readNumber(typed, kind === 'integer')
    case 'lines':
      return typed
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
    case 'json':
      return parseJson(typed)
    default:
      return typed
  }
}

function readNumber(typed: string, isWhole: boolean): number | undefined {
  const given = typed.trim().replace(',', '.')
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given)) return undefined
  const value = Number(given)
  return Number.isFinite(value) && (!isWhole || Number.isInteger(value)) ? value : undefined
}

/** Undefined for what is no JSON. */
export function parseJson(typed: string): unknown {
  try {
    return JSON.parse(typed)
  } catch {
    return undefined
  }
}

/**
 * What the server says of single parameters, by name; deeper paths say where in it. What it says of none of these fields is left to be
 * shown as a whole: null for `rest` when there is nothing of that kind.
 */
export function paramErrors(
  error: unknown,
  names: readonly string[],
): { readonly byName: ReadonlyMap<string, string>; readonly rest: unknown } {
  const byName = new Map<string, string>()
  if (!(error instanceof ApiError)) return { byName, rest: error }
  const problems = Array.isArray(error.details) ? (error.details as unknown[]) : []
  let isAllTold = problems.length > 0
  for (const problem of problems) {
    const { path, message } = (problem ?? {}) as { path?: unknown; message?: unknown }
    const within = typeof path === 'string' ? path.replace(/^body\./, '').replace(/^params\.?/, '') : ''
    // Names may have dots in them: the longest that fits is meant.
    const name = names
      .filter((each) => within === each || within.startsWith(`${each}.`))
      .sort((a, b) => b.length - a.length)[0]
    if (name === undefined || typeof message !== 'string') {
      isAllTold = false
      continue
    }
    const deeper = within.slice(name.length + 1)
    if (!byName.has(name)) byName.set(name, deeper === '' ? message : `${deeper} ${message}`)
  }
  return { byName, rest: isAllTold ? null : error }
}
