import { type Route, routes } from '@optio/contract'
import { errorsOf, ROUTE_ERRORS, ROUTE_EXAMPLES } from '@optio/contract/openapi'
import { describe, expect, it } from 'vitest'
import { ZodType } from 'zod'

const all = Object.entries(routes).flatMap(([group, members]) =>
  Object.entries(members as Record<string, Route>).map(([name, route]) => ({ group, name, route })),
)

function of<T>(table: unknown, group: string, name: string): T {
  return (table as Record<string, Record<string, T>>)[group]?.[name] as T
}

describe.each(all)('the example of $group.$name', ({ group, name, route }) => {
  const example = of<{ body?: unknown; answer?: unknown }>(ROUTE_EXAMPLES, group, name)

  it('is what the schemas of the endpoint take', () => {
    if (example.body !== undefined) expect(route.body?.safeParse(example.body).error).toBeUndefined()
    if (!(route.answer instanceof ZodType)) return expect(example.answer).toBeUndefined()
    expect(route.answer.safeParse(example.answer).error).toBeUndefined()
    // Whatever is in it is told by the schema: nothing of it is cut away.
    expect(route.answer.parse(example.answer)).toEqual(example.answer)
  })
})

describe('the codes of an endpoint', () => {
  it('name each code once and include what every endpoint can answer', () => {
    for (const { group, name, route } of all) {
      const codes = errorsOf(route, of(ROUTE_ERRORS, group, name))
      expect(codes, `${group}.${name}`).toEqual(expect.arrayContaining(['INTERNAL', 'DATABASE_UNAVAILABLE']))
    }
  })
})
