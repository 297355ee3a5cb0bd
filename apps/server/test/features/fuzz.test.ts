import { randomUUID } from 'node:crypto'
import { type Repo, type Route, routes } from '@optio/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOptio, type TestOptio } from './support/optio.ts'

const SEED = Number(process.env.OPTIO_TEST_SEED ?? 20_261_121)
const REQUESTS = 2_016
const AT_ONCE = 12

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

/** mulberry32: the same sequence for the same seed everywhere. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Things that have broken servers. Raw JSON text: some of it is no JSON. */
const NASTY = [
  ...[
    'null',
    'true',
    '0',
    '-1',
    '1e309',
    '0.1',
    '9007199254740993',
    '""',
    '" "',
    '"\\u0000"',
    '"\\ud800"',
    '"ä🙂"',
  ],
  ...[
    '[]',
    '{}',
    '[[]]',
    '[null]',
    '{"a":{}}',
    '{"toString":1}',
    '{"constructor":{"prototype":1}}',
    '{"__proto__":1}',
  ],
  ...[
    '"../../etc/passwd"',
    '"$(touch pwned)"',
    '"\'; drop table runs; --"',
    '"%s%n"',
    '"-x"',
    '"refs/heads/main"',
  ],
  ...[
    '"2026-01-01"',
    '"main"',
    '"command"',
    '"queued"',
    '"1.50"',
    '"squash"',
    'false',
    '5',
    '100',
    '["true"]',
  ],
  ...['nonsense', '"unfinished', '{"a":', `"${'x'.repeat(3000)}"`, '[1,2,3]', '"\\u2028"', '"\\uffff"'],
]

const served = (Object.entries(routes) as [string, Record<string, Route>][])
  .filter(([group]) => group !== 'logs')
  .flatMap(([, group]) => Object.values(group))

const bulk = served.filter(({ path }) => path.includes('/bulk/'))
const single = served.filter((route) => !bulk.includes(route))

describe('any request whatever', () => {
  it(`is answered below 500, and errors have their shape (seed ${SEED})`, async () => {
    const next = random(SEED)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
    const ids: string[] = [repo.id]
    for (let n = 0; n < 10; n += 1) ids.push((await optio.task(repo)).id)

    const fieldsOf = (schema: unknown): string[] => {
      const shape = (schema as { shape?: Record<string, unknown> } | undefined)?.shape
      return Object.keys(shape ?? { prompt: 1, method: 1, force: 1 })
    }
    const request = () => {
      // What touches every task is slow, and once in a while is enough; what makes one can go wrong in the most ways.
      const kind = next()
      const route: Route = kind < 0.02 ? pick(bulk) : kind < 0.1 ? routes.tasks.create : pick(single)
      const id = () => pick([...ids, ...ids, randomUUID(), 'x', '%00', '..%2f', '%zz', 'null'])
      const path = route.path.replace(/:\w+/g, id)
      const query = fieldsOf(route.query)
        .filter(() => route.query !== undefined && next() < 0.3)
        .map(
          (name) =>
            `${name}=${pick(['', '1', '-1', '0', 'x', '%00', '%ff', 'queued', '2026-01-01', 'eyJ0IjoxfQ', '1e9', 'main'])}`,
        )
      const valid: Record<string, string> = {
        prompt: '"p"',
        repoUrl: JSON.stringify(repo.repoUrl),
        taskIds: JSON.stringify(ids.slice(1)),
        state: '"approved"',
        dependsOn: JSON.stringify([pick(ids)]),
        type: pick(['"repo-task"', '"standalone"']),
        agentType: pick(['"command"', '"codex"']),
        repoBranch: pick(['"main"', '"elsewhere"']),
      }
      const needed = ['prompt', 'repoUrl', 'taskIds', 'state']
      // A task has so many fields that some of them are wrong if many are given.
      const more = route === routes.tasks.create ? 0.04 : 0.12
      const fields = fieldsOf(route.body)
        .filter((name) => needed.includes(name) || next() < more)
        .map((name) => `"${name}":${next() < 0.8 ? (valid[name] ?? pick(NASTY)) : pick(NASTY)}`)
      const body = next() < 0.1 ? pick(NASTY) : `{${fields.join(',')}}`
      const withBody = route.method !== 'GET' && next() < 0.9
      const contentType =
        next() < 0.95 ? 'application/json' : pick(['text/plain', 'nonsense', 'application/xml'])
      return {
        path: query.length === 0 ? path : `${path}?${query.join('&')}`,
        init: {
          method: next() < 0.97 ? route.method : pick(['PUT', 'OPTIONS', 'HEAD', 'DELETE', 'PATCH', 'POST']),
          ...(withBody ? { body, headers: { 'content-type': contentType } } : {}),
        },
      }
    }

    const seen = new Map<number, number>()
    const wrong: unknown[] = []
    const worker = async (count: number) => {
      for (let n = 0; n < count; n += 1) {
        const { path, init } = request()
        if (init.method === 'HEAD' || init.method === 'GET') delete (init as { body?: string }).body
        const { status, body } = await optio.raw(path, init)
        seen.set(status, (seen.get(status) ?? 0) + 1)
        const isError = status >= 400 && init.method !== 'HEAD'
        const shaped =
          !isError ||
          (typeof (body as { code?: unknown }).code === 'string' &&
            (body as { error: string }).error.length > 0)
        if (status >= 500 || !shaped) wrong.push({ path, init, status, body })
        const made = (body as { task?: { id?: string } } | null)?.task?.id
        if (made !== undefined && ids.length < 40) ids.push(made)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, () => worker(REQUESTS / AT_ONCE)))
    expect(wrong).toEqual([])
    // It did get beyond the door.
    for (const status of [200, 201, 400, 404, 405, 409, 415, 422]) expect([...seen.keys()]).toContain(status)
    expect(seen.get(200) ?? 0).toBeGreaterThan(REQUESTS / 20)
  }, 120_000)
})
