import { ROUTE_EXAMPLES } from '@optio/contract/openapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namesFor } from '../support/fuzz/world.ts'
import { expectError, type NamedRoute, type Served, serve, specified } from './support.ts'

let served: Served
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served?.close())

const first = <T>(list: readonly T[]): T => list[0] as T

/** The address of a route, with ids of things that are there, but for those given. */
function addressOf({ route }: NamedRoute, given: Readonly<Record<string, string>> = {}): string {
  const names = { ...namesFor(served.world, route.path.replace(/:(\w+)/g, '{$1}'), first), ...given }
  return route.path.replace(/:(\w+)/g, (_, name: string) => names[name] ?? 'NOTHING_OF_THIS_NAME')
}

function exampleOf({ id }: NamedRoute): unknown {
  const [group = '', name = ''] = id.split('.')
  return (ROUTE_EXAMPLES as Record<string, Record<string, { body?: unknown }>>)[group]?.[name]?.body
}

const parametersOf = ({ route }: NamedRoute): string[] =>
  [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
const writing = specified.filter(({ route }) => route.body !== undefined)
/** Whoever sends to a webhook knows nothing of Optio: its body is whatever the sender says, and is read after its signature. */
const SIGNED = ['hooks.fire', 'github.receive']
const ours = writing.filter(({ id }) => !SIGNED.includes(id))

describe('an id that is none', () => {
  const withIds = specified.filter((each) => parametersOf(each).length > 0 && each.id !== 'hooks.fire')
  it.each(withIds.map((each) => [each.id, each] as const))('is 400 at %s', async (_, each) => {
    for (const name of parametersOf(each)) {
      for (const bad of ['1', 'x', '%00', '%ff', '0199f000-2000-7000-8000-00000000000', 'x'.repeat(2000)]) {
        const path = addressOf(each, { [name]: bad })
        expectError(await served.send(each.route.method, path, exampleOf(each)), 'VALIDATION', path)
      }
    }
  })
})

describe('a body', () => {
  it.each(ours.map((each) => [each.id, each] as const))(
    'that is no JSON is refused at %s',
    async (_, each) => {
      const { method } = each.route
      for (const text of ['{"a":', 'nonsense', '{"__proto__":{"x":1}}', '"\\ud8"', '{"a":1}x']) {
        expectError(await served.send(method, addressOf(each), text), 'VALIDATION', text)
      }
      const plain = await served.send(method, addressOf(each), '{}', { 'content-type': 'text/plain' })
      expectError(plain, 'UNSUPPORTED_MEDIA_TYPE')
    },
  )

  it.each(writing.filter(({ id }) => id !== 'github.receive').map((each) => [each.id, each] as const))(
    'that is too large is 413 at %s',
    async (_, each) => {
      const most = each.id === 'hooks.fire' ? 1024 * 1024 : 4 * 1024 * 1024
      const large = JSON.stringify({ padding: 'x'.repeat(most) })
      expectError(await served.send(each.route.method, addressOf(each), large), 'PAYLOAD_TOO_LARGE')
    },
  )

  it.each(ours.filter((each) => exampleOf(each) !== undefined).map((each) => [each.id, each] as const))(
    'with NUL in any of its strings is 400 at %s',
    async (_, each) => {
      const example = exampleOf(each)
      const places = stringsIn(example)
      for (const place of places) {
        for (const broken of ['\0', 'a\0b', '\ud800']) {
          const body = replaced(example, place, broken)
          const answer = await served.send(each.route.method, addressOf(each), body)
          expectError(answer, 'VALIDATION', `${place.join('.')} ${JSON.stringify(broken)}`)
        }
      }
    },
  )

  it.each(
    ours
      .filter(({ route }) => route.body?.safeParse(undefined).success !== true)
      .map((each) => [each.id, each] as const),
  )('that is no object is 400 at %s', async (_, each) => {
    for (const body of ['null', '1', '"x"', '[]', 'true', '']) {
      expectError(await served.send(each.route.method, addressOf(each), body), 'VALIDATION', body)
    }
  })
})

describe('a method that is none of the address', () => {
  it.each(specified.map((each) => [each.id, each] as const))('is 405 at %s', async (_, each) => {
    const path = addressOf(each)
    for (const method of ['PUT', 'OPTIONS']) {
      const answer = await served.send(method, path)
      expectError(answer, 'METHOD_NOT_ALLOWED', `${method} ${path}`)
      expect(answer.headers.get('allow')?.split(', ')).toContain(each.route.method)
    }
  })
})

/** Paths to all strings of a value; keys are strings as well, but none of an example's is free. */
function stringsIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value === 'string') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => stringsIn(inner, [...path, key]))
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: string): unknown {
  if (key === undefined) return by
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
  copy[key] = replaced(copy[key], rest, by)
  return copy
}
