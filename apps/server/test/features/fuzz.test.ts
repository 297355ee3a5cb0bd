import { randomUUID } from 'node:crypto'
import { type Repo, type Route, routes } from '@optio/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../e2e/support/random.ts'
import { NASTY, NASTY_PARAMETERS } from './support/fuzz/nasty.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

const SEED = Number(process.env.OPTIO_TEST_SEED ?? 20_261_121)
const REQUESTS = 2_016
const AT_ONCE = 12
/** Each so many requests of a worker one is a plain one, which has to be answered as ever. */
const PLAIN_EACH = 12

let optio: TestOptio
let repo: Repo
/** No request knows the id of this one, so that none takes it away or changes what its tasks may be. */
let home: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
  ;({ repo: home } = await optio.connected())
})
afterAll(() => optio.close())

const served = (Object.entries(routes) as [string, Record<string, Route>][])
  .filter(([group]) => group !== 'logs')
  .flatMap(([, group]) => Object.values(group))

const bulk = served.filter(({ path }) => path.includes('/bulk/'))
const single = served.filter((route) => !bulk.includes(route))

interface Shaped {
  readonly shape?: Record<string, unknown>
  readonly in?: unknown
}

/** The names that a body or a query can have, also of one that is made into something else once it is read. */
function fieldsOf(schema: unknown): string[] {
  if (schema === undefined) return []
  const { shape, in: before } = schema as Shaped
  return shape === undefined && before !== undefined ? fieldsOf(before) : Object.keys(shape ?? {})
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Requests there is nothing wrong with, or one thing that is told, and what each is answered with. */
const PLAIN: readonly [status: number, path: string, init: () => RequestInit][] = [
  [201, '/api/tasks', () => json({ prompt: 'p', repoUrl: home.repoUrl })],
  [200, '/api/tasks', () => ({})],
  [400, '/api/tasks', () => json({ prompt: 'p', repoUrl: home.repoUrl, priority: 'x' })],
  [404, `/api/tasks/${randomUUID()}`, () => ({})],
  [405, '/api/tasks', () => ({ method: 'PUT' })],
  [415, '/api/tasks', () => ({ method: 'POST', body: 'p', headers: { 'content-type': 'text/plain' } })],
]
const json = (body: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

describe('any request whatever, with others at the same time', () => {
  it(`is answered below 500, errors have their shape, and plain requests are answered as ever (seed ${SEED})`, async () => {
    const { next, below } = seededRandom(SEED)
    const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
    const ids: string[] = [repo.id]
    for (let n = 0; n < 10; n += 1) ids.push((await optio.task(repo)).id)

    const request = () => {
      // What touches every task is slow, and once in a while is enough; what makes one can go wrong in the most ways.
      const kind = next()
      const route: Route = kind < 0.02 ? pick(bulk) : kind < 0.1 ? routes.tasks.create : pick(single)
      const id = () => pick([...ids, ...ids, randomUUID(), 'x', '%00', '..%2f', '%zz', 'null'])
      const path = route.path.replace(/:\w+/g, id)
      const query = fieldsOf(route.query)
        .filter(() => next() < 0.3)
        .map((name) => `${name}=${pick(NASTY_PARAMETERS)}`)
      const valid: Record<string, string> = {
        prompt: '"p"',
        repoUrl: JSON.stringify(home.repoUrl),
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
        route,
        path: query.length === 0 ? path : `${path}?${query.join('&')}`,
        init: {
          method: next() < 0.97 ? route.method : pick(['PUT', 'OPTIONS', 'HEAD', 'DELETE', 'PATCH', 'POST']),
          ...(withBody ? { body, headers: { 'content-type': contentType } } : {}),
        },
      }
    }

    const wrong: unknown[] = []
    let created = 0
    const whatever = async () => {
      const { route, path, init } = request()
      if (init.method === 'HEAD' || init.method === 'GET') delete (init as { body?: string }).body
      const { status, body }: Answer = await optio.raw(path, init)
      const isError = status >= 400 && init.method !== 'HEAD'
      const shaped =
        !isError ||
        (typeof (body as { code?: unknown }).code === 'string' &&
          (body as { error: string }).error.length > 0)
      if (status >= 500 || !shaped) wrong.push({ path, init, status, body })
      if (route === routes.tasks.create && status === 201) created += 1
      const made = (body as { task?: { id?: string } } | null)?.task?.id
      if (made !== undefined && ids.length < 40) ids.push(made)
    }
    const worker = async (own: number) => {
      for (let n = 0; n < REQUESTS / AT_ONCE; n += 1) {
        await whatever()
        if (n % PLAIN_EACH !== 0) continue
        const [expected, path, init] = PLAIN[(own + n / PLAIN_EACH) % PLAIN.length] as (typeof PLAIN)[number]
        const { status, body }: Answer = await optio.raw(path, init())
        if (status !== expected) wrong.push({ path, init: init(), expected, status, body })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, (_, own) => worker(own)))
    expect(wrong).toEqual([])
    // Of what makes a task nearly all has to be right for it to be made: one in five or so is.
    expect(created).toBeGreaterThan(0)
  }, 120_000)
})
