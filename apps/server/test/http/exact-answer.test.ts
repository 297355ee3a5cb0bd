import { type Route, routes } from '@optio/contract'
import { ROUTE_EXAMPLES } from '@optio/contract/openapi'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { exactAnswer } from '../../src/http/exact-answer.ts'
import { answerSerializer } from '../../src/http/serializer.ts'

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

/** What zod makes of an answer; undefined where it refuses it. */
function byZod(schema: z.ZodType, value: unknown): unknown {
  const { success, data } = z.safeEncode(schema, value)
  return success ? JSON.parse(JSON.stringify(data)) : undefined
}

/** What is answered; undefined where it is refused. */
function answered(schema: z.ZodType, value: unknown): unknown {
  const serialize = answerSerializer({ schema, method: 'GET', url: '/' })
  try {
    return JSON.parse(serialize(value))
  } catch {
    return undefined
  }
}

/** The value over and over: each of its objects without one of its keys, and with one more, and each text as a number and as null. */
function* spoiled(value: unknown): Generator<unknown> {
  if (typeof value === 'string') yield* [7, null]
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield { ...value, undeclared: 'x' }
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value))
      yield Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
    for (const other of spoiled(inner)) {
      yield Array.isArray(value)
        ? value.map((old, n) => (String(n) === key ? other : old))
        : { ...value, [key]: other }
    }
  }
}

describe('an answer', () => {
  it('is exact in the example of every route', () => {
    expect(examples.length).toBeGreaterThan(60)
    const inexact = examples.filter(({ schema, answer }) => !exactAnswer(schema)(answer))
    expect(inexact.map(({ name }) => name)).toEqual([])
  })

  it.each(examples)(
    'of $name is what zod makes of it, and so is whatever comes near it',
    ({ schema, answer }) => {
      for (const value of [answer, ...spoiled(answer)]) {
        expect(answered(schema, value), JSON.stringify(value)).toEqual(byZod(schema, value))
      }
    },
  )

  it('never has what is not declared, however deep it is', () => {
    const schema = z.object({ a: z.array(z.object({ b: z.string().optional() })), c: z.string().nullable() })
    expect(answered(schema, { a: [{ b: 'x', secret: 1 }], c: null })).toEqual({ a: [{ b: 'x' }], c: null })
    expect(answered(schema, { a: [{ b: undefined }, {}], c: null })).toEqual({ a: [{}, {}], c: null })
    // As many keys as are declared, but another one.
    expect(answered(schema, { a: [{ secret: 1 }], c: null })).toEqual({ a: [{}], c: null })
    expect(answered(z.union([schema, z.object({ d: z.number() })]), { d: 1, secret: 2 })).toEqual({ d: 1 })
  })

  it('is refused where it is of another type', () => {
    const schema = z.object({ at: z.string(), count: z.int(), kind: z.enum(['a', 'b']) })
    const right = { at: 'x', count: 1, kind: 'a' }
    expect(answered(schema, right)).toEqual(right)
    for (const wrong of [
      { at: new Date() },
      { count: Number.NaN },
      { count: '1' },
      { kind: 'c' },
      { at: undefined },
    ]) {
      expect(answered(schema, { ...right, ...wrong })).toBeUndefined()
    }
  })
})
