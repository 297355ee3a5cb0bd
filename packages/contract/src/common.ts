import { z } from 'zod'
import { unsafeBranchName } from './branch-name.ts'
import { AGENT_TYPES, type AgentType } from './names.ts'
import { brokenJson, brokenText, countCharacters, onOneLine } from './text.ts'

/** Shapes that several nouns share. Those of answers have no transforms: they are only checked and written out. */

/**
 * Any id, in lower case whatever was given: ids are compared as text too. Versions are not looked at, so that an unknown one is 404 and
 * only a malformed one 400.
 */
export const uuid = z.guid('must be a UUID').toLowerCase()

/** A string that can be stored. Lengths are in UTF-16 units, as JavaScript counts. */
export function text({ min = 0, max }: { min?: number; max: number }) {
  return z
    .string()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .check(refuse(brokenText))
}

/** A check that fails with the words `reasonOf` answers. */
export function refuse<T>(reasonOf: (value: T) => string | null): z.core.CheckFn<T> {
  return (payload) => {
    const reason = reasonOf(payload.value)
    if (reason !== null) payload.issues.push({ code: 'custom', message: reason, input: undefined })
  }
}

const MAX_TITLE = 500

/** Line breaks become spaces; at most 500 characters. */
export const title = z
  .string()
  .check(refuse(brokenText))
  .check(
    refuse((value) =>
      value.length > 2 * MAX_TITLE || countCharacters(value) > MAX_TITLE
        ? `must have at most ${MAX_TITLE} characters`
        : null,
    ),
  )
  .transform(onOneLine)
  .check(refuse((value) => (value.trim() === '' ? 'must not be empty' : null)))
  .meta({ type: 'string', minLength: 1, maxLength: MAX_TITLE })

/** Not blank. No limit of its own: the limit of a body (4 MiB) is it. */
export const prompt = z
  .string()
  .check(refuse(brokenText))
  .check(refuse((value) => (value.trim() === '' ? 'must not be empty' : null)))
  .meta({ minLength: 1 })

export const branchName = z
  .string()
  .check(refuse(unsafeBranchName))
  .meta({ minLength: 1, description: 'A name git accepts for a branch.' })

const MAX_OBJECT_BYTES = 256 * 1024

/** A JSON object of the caller's own: kept as it is, at most 256 KiB and 32 levels. */
export const jsonObject = z.record(z.string(), z.unknown()).check(
  refuse((value) => {
    const broken = brokenJson(value)
    if (broken) return broken
    const size = new TextEncoder().encode(JSON.stringify(value)).length
    return size > MAX_OBJECT_BYTES ? `must have at most ${MAX_OBJECT_BYTES} bytes as JSON` : null
  }),
)

/** ISO-8601 in UTC, as answered. */
export const time = z.string().meta({ format: 'date-time' })

/** Moment in a query: a date, or a date and time with `Z` or an offset. Read into ISO-8601 in UTC. */
export const moment = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.date()],
    'must be an ISO-8601 date, or date and time with a zone',
  )
  .check(
    refuse((value) =>
      Number.isNaN(Date.parse(value)) || value < '1900' ? 'must be a date since 1900' : null,
    ),
  )
  .transform((value) => new Date(value).toISOString())

/** USD as answered: a decimal string, never a float. */
export const money = z.string().meta({ examples: ['1.85'], description: 'USD as a decimal string.' })

/** A cap in USD: more than zero. */
export const budget = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a decimal string in USD such as "2.50"')
  .check(refuse((value) => (/[1-9]/.test(value) ? null : 'must be more than zero')))
  .meta({ examples: ['2.50'] })

export const priority = z.int().min(0).max(1000).meta({ description: 'Lower goes first.' })

/** `claude` is an alias of `claude-code`. */
export const agentType = z
  .enum([...AGENT_TYPES, 'claude'])
  .transform((given): AgentType => (given === 'claude' ? 'claude-code' : given))
  .meta({ type: 'string', enum: [...AGENT_TYPES, 'claude'] })

/** A whole number in a query string. */
export function queryInteger(min: number, max: number): z.ZodType<number, number> {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  ) as z.ZodType<unknown> as z.ZodType<number, number>
}

/** `?key=a&key=b`: one value or several. */
export function repeatable<T extends z.ZodType>(
  item: T,
): z.ZodType<z.output<T>[], z.input<T> | z.input<T>[]> {
  return z.preprocess(
    (value) => (Array.isArray(value) || value === undefined ? value : [value]),
    z.array(item).max(100),
  ) as z.ZodType<unknown> as z.ZodType<z.output<T>[], z.input<T> | z.input<T>[]>
}

export const idParams = z.object({ id: uuid })

/** argv; argv[0] is an absolute path or found on the server's PATH. */
export const agentCommand = z
  .tuple([text({ min: 1, max: 4096 })], text({ max: 32_768 }))
  .check(refuse((argv) => (argv.length > 256 ? 'must have at most 256 arguments' : null)))
  .meta({ type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 256 })

/** 7 days: no attempt is meant to last longer. */
export const MAX_DURATION_MS = 7 * 24 * 3_600_000

export const maxTurns = z.int().min(1).max(10_000)

const MAX_TEMPLATE = 262_144

/** A liquid template; also with the older `{{#if NAME}}`. Whether it can be read is for the server to say. */
export const templateText = prompt.max(MAX_TEMPLATE, `must have at most ${MAX_TEMPLATE} characters`)
