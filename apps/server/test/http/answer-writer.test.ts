import { type Route, routes } from '@optio/contract'
import { ROUTE_EXAMPLES } from '@optio/contract/openapi'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { answerWriter } from '../../src/http/answer-writer.ts'

interface Example {
  readonly name: string
  readonly schema: z.ZodType
  readonly answer: unknown
}

/** Every answer of the contract that is JSON of a schema, as the documentation shows it. */
const examples = Object.entries(routes).flatMap(([group, members]) =>
  Object.entries(members as Record<string, Route>).flatMap(([name, { answer: schema }]): Example[] => {
    const example = (ROUTE_EXAMPLES as Record<string, Record<string, { answer?: unknown }>>)[group]?.[name]
    const has = schema !== null && schema !== 'stream' && example?.answer !== undefined
    return has ? [{ name: `${group}.${name}`, schema, answer: example.answer }] : []
  }),
)

const byZod = (schema: z.ZodType, value: unknown) => JSON.stringify(z.encode(schema, value))

/** The same with something beside what is declared, in every object that is not the caller's own. */
function withMore(value: unknown, schema: z.ZodType): unknown {
  const text = JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? { ...inner, undeclared: 'x' }
      : inner,
  )
  const more = JSON.parse(text)
  return z.safeEncode(schema, more).success ? more : value
}

/** Each object of the value in turn without one of its keys, and each text as a number. */
function* broken(value: unknown): Generator<unknown> {
  if (typeof value === 'string') yield 7
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
    if (!Array.isArray(value)) yield rest
    for (const other of broken(inner)) {
      yield Array.isArray(value)
        ? value.map((old, n) => (String(n) === key ? other : old))
        : { ...value, [key]: other }
    }
  }
}

describe('the writer of answers', () => {
  it('has an example of most routes', () => {
    expect(examples.length).toBeGreaterThan(60)
  })

  it.each(examples)('writes $name exactly as zod does', ({ schema, answer }) => {
    expect(answerWriter(schema)(answer)).toBe(byZod(schema, answer))
  })

  it.each(examples)('leaves out of $name what is not declared', ({ schema, answer }) => {
    const more = withMore(answer, schema)
    expect(answerWriter(schema)(more)).toBe(byZod(schema, more))
  })

  it.each(examples)('writes of $name nothing that lacks a key or has another type', ({ schema, answer }) => {
    const write = answerWriter(schema)
    for (const value of broken(answer)) {
      const accepted = z.safeEncode(schema, value)
      expect(write(value), JSON.stringify(value)).toBe(
        accepted.success ? JSON.stringify(accepted.data) : undefined,
      )
    }
  })

  it('writes any text so that it is read as what it was', () => {
    const write = answerWriter(z.object({ text: z.string() }))
    const texts = [
      '',
      'plain',
      '"',
      '\\',
      '\n',
      '\u0000\u001f',
      'ä',
      '😀',
      '\ud800',
      '\u2028',
      'x'.repeat(2_000),
      `${'x'.repeat(2_000)}"`,
    ]
    for (const text of texts) expect(write({ text })).toBe(JSON.stringify({ text }))
  })

  it('writes no number that JSON has not', () => {
    const write = answerWriter(z.array(z.number()))
    expect(write([0, -0, 1.5, 1e21, -1e-7])).toBe('[0,0,1.5,1e+21,-1e-7]')
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '1']) expect(write([value])).toBeUndefined()
  })
})
