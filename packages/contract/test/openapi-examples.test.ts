import { errorAnswer, type Route, routes } from '@optio/contract'
import { errorExample, errorsOf, ROUTE_ERRORS, ROUTE_EXAMPLES } from '@optio/contract/openapi'
import { describe, expect, it } from 'vitest'
import { ZodType } from 'zod'

const all = Object.entries(routes).flatMap(([group, members]) =>
  Object.entries(members as Record<string, Route>).map(([name, route]) => ({ group, name, route })),
)

function of<T>(table: unknown, group: string, name: string): T {
  return (table as Record<string, Record<string, T>>)[group]?.[name] as T
}

interface Example {
  body?: unknown
  answer?: unknown
  also?: Record<number, unknown>
}

describe.each(all)('the example of $group.$name', ({ group, name, route }) => {
  const example = of<Example>(ROUTE_EXAMPLES, group, name)

  it('is what the schemas of the endpoint take', () => {
    if (example.body !== undefined) expect(route.body?.safeParse(example.body).error).toBeUndefined()
    if (!(route.answer instanceof ZodType)) return expect(example.answer).toBeUndefined()
    for (const answer of [example.answer, ...Object.values(example.also ?? {})]) {
      expect(route.answer.safeParse(answer).error).toBeUndefined()
      // Whatever is in it is told by the schema: nothing of it is cut away.
      expect(route.answer.parse(answer)).toEqual(answer)
    }
    const others = Object.keys(example.also ?? {}).map(Number)
    expect(route.alsoStatus ?? []).toEqual(expect.arrayContaining(others))
  })
})

describe('the codes of an endpoint', () => {
  it('name each code once and include what every endpoint can answer', () => {
    for (const { group, name, route } of all) {
      const codes = errorsOf(route, of(ROUTE_ERRORS, group, name))
      expect(codes, `${group}.${name}`).toEqual(expect.arrayContaining(['INTERNAL', 'DATABASE_UNAVAILABLE']))
    }
  })

  it('have an example each, which names the code', () => {
    for (const { group, name, route } of all) {
      for (const code of errorsOf(route, of(ROUTE_ERRORS, group, name))) {
        const example = errorExample(code, route)
        expect(errorAnswer.parse(example), `${group}.${name}`).toEqual(example)
        expect(example?.code).toBe(code)
      }
    }
  })
})
