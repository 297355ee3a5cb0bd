import { createLocalForge } from '@optio/forges'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectDatabase, type Database } from '../../src/database/connection.ts'
import { openNotifyBus } from '../../src/database/notify.ts'
import { createCommands } from '../../src/engine/create-engine.ts'
import { createApi } from '../../src/features/api.ts'
import { registerLogRoutes } from '../../src/features/logs/routes.ts'
import { localPullRequestStore } from '../../src/features/pull-requests/store.ts'
import { createSecretService } from '../../src/features/secrets/service.ts'
import { KeyStore } from '../../src/http/idempotency/key-store.ts'
import { seededRandom } from '../e2e/support/random.ts'
import { startApp, type TestApp } from '../http/support.ts'
import { quiet } from '../support/test-server.ts'
import { NASTY_PARAMETERS } from './support/fuzz/nasty.ts'
import { type Api, type Operation, readApi } from './support/fuzz/operations.ts'
import { Values } from './support/fuzz/values.ts'
import { EXAMPLES, emptyWorld, everyId, hintFor, namesFor, populate } from './support/fuzz/world.ts'
import { type Writes, watchWrites } from './support/fuzz/writes.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

const SEED = Number(process.env.OPTIO_TEST_SEED ?? 20_261_122)
/** Requests to each operation. */
const EACH = Number(process.env.OPTIO_TEST_REQUESTS ?? 40)
/** After so many requests there is one more of everything, because some of them delete. */
const REFILL = 350
/** So many more to an operation of which no request got through. */
const MORE = 400
/** What is not answered by then hangs. */
const LONGEST_MS = 20_000
const NAME = 'fuzzed-api'

/** What Optio writes down although it refuses: a webhook that could start nothing is a firing that says why. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  'hooks.fire': ['trigger_firings insert', 'trigger_firings update', 'triggers update', 'events insert'],
}

/** What needs more than a request: an agent that runs, a GitHub that answers, a signature. Each has tests of its own. */
const BEYOND = ['messages.send', 'issues.assign', 'github.installWebhook', 'github.receive']

let optio: TestOptio
let database: Database
let app: TestApp
let api: Api
let writes: Writes
const closing: (() => unknown)[] = []

/** The API a second time, on connections of a name of its own: what they write is what requests write. */
beforeAll(async () => {
  optio = await startOptio()
  const { context } = optio
  const { host, port, user, database: name } = optio.database.pool.options
  const target = { host, port, user, database: name } as Parameters<typeof connectDatabase>[0]['target']
  database = await connectDatabase({ target, log: quiet, applicationName: NAME })
  const notify = await openNotifyBus({ database, log: quiet })
  const secrets = await createSecretService({
    ...{ database, notify, log: context.log, env: {} },
    masterKey: { variable: null, dataDir: context.config.dataDir },
  })
  closing.push(
    () => notify.close(),
    () => secrets.close(),
  )
  const store = localPullRequestStore({ database, baseUrl: () => optio.url })
  const forge = createLocalForge({ store, forbiddenDirs: [context.config.dataDir], freshMs: 0 })
  const plugin = createApi({
    database,
    secrets,
    github: optio.github,
    publicUrl: null,
    commands: createCommands({ ...context, database, forge: () => forge }),
    forgeFor: () => forge,
    mirrorDir: (id) => context.workspaces.mirrorDir(id),
    agentTypes: new Set(['command']),
    path: process.env.PATH ?? '',
    lastLogSummary: async () => null,
    environments: { hostId: 'test', cloneDir: (id) => context.workspaces.paths(id).clone },
    startableAgents: async () => new Set(['command']),
    runtimeProblem: async () => null,
    diskUse: async () => null,
    version: '9.9.9',
    maxConcurrent: 0,
  })
  app = await startApp(
    [plugin, async (scope) => registerLogRoutes(scope, { database, index: { grown: () => undefined } })],
    {},
    // On connections of another name: a key is put down before it is known whether the request is refused.
    new KeyStore(optio.database),
  )
  api = readApi((await (await fetch(`${app.url}/docs/json`)).json()) as unknown)
  writes = await watchWrites(optio.database, NAME)
})
afterAll(async () => {
  await app?.close()
  for (const close of closing.reverse()) await close()
  await database?.close()
  await optio?.close()
})

interface Sent {
  readonly operation: Operation
  readonly path: string
  readonly init: RequestInit & { readonly headers: Record<string, string> }
}

it('a row that a request writes is noticed, and neither what is rolled back nor what Optio writes by itself', async () => {
  const insert = "insert into workspaces (id, slug, name) values (gen_random_uuid(), gen_random_uuid(), 'x')"
  await writes.since()
  await optio.database.pool.query(insert)
  await database.pool.query(`begin; ${insert}; rollback`)
  expect(await writes.since()).toEqual([])
  await database.pool.query(insert)
  await database.pool.query("update workspaces set name = 'y' where name = 'x'")
  await database.pool.query("delete from workspaces where name = 'y'")
  expect(await writes.since()).toEqual(['workspaces delete', 'workspaces insert', 'workspaces update'])
  expect(await writes.since()).toEqual([])
})

describe('requests made from the OpenAPI document', () => {
  it(`are answered as it says, and one that is refused writes no row (seed ${SEED})`, async () => {
    const random = seededRandom(SEED)
    const world = emptyWorld()
    const values: Values = new Values(random, api, (field) =>
      hintFor(world, field, (list) => values.pick(list)),
    )
    const pick = <T>(list: readonly T[]): T => values.pick(list)

    const wrongName = (right: string): string =>
      pick([
        ...[pick(everyId(world)), pick(everyId(world)), '0199f000-2000-7000-8000-00000000ffff'],
        ...['x', '%00', '..%2f', 'null', '%zz', 'X'.repeat(300), `${right}0`],
      ])
    /** The address of an operation; one of its parameters may be wrong. */
    const addressOf = ({ path }: Operation): string => {
      const names = namesFor(world, path, pick)
      const of = Object.keys(names)
      const broken = of.length > 0 && values.chance(0.18) ? pick(of) : null
      return path.replace(/\{(\w+)\}/g, (_, name: string) =>
        name === broken ? wrongName(names[name] ?? '') : (names[name] ?? ''),
      )
    }
    const queryOf = ({ parameters = [] }: Operation): string => {
      const asked = parameters.filter(
        (each) => each.in === 'query' && values.chance(each.required ? 0.95 : 0.15),
      )
      const parts = asked.map(({ name, schema }) => {
        const value = values.chance(0.75)
          ? encodeURIComponent(String(values.of(schema, name)).replace(/\p{Surrogate}/gu, ''))
          : pick(NASTY_PARAMETERS)
        return `${name}=${value}`
      })
      return parts.length === 0 ? '' : `?${parts.join('&')}`
    }
    const make = (operation: Operation, index: number): Sent => {
      const path = addressOf(operation)
      const content = operation.requestBody?.content?.['application/json']
      const body =
        content && values.chance(0.96)
          ? values.body(content.schema, EXAMPLES[operation.operationId] ?? content.example)
          : ''
      const type = values.chance(0.98) ? 'application/json' : pick(['text/plain', 'nonsense'])
      const keyed = (operation.parameters ?? []).some(({ name }) => name === 'Idempotency-Key')
      const headers: Record<string, string> = body === '' ? {} : { 'content-type': type }
      if (keyed && values.chance(0.3)) headers['idempotency-key'] = `key-${random.below(4)}-${index % 20}`
      const sent = body === '' ? {} : { body }
      return {
        operation,
        path: path + queryOf(operation),
        init: { method: operation.method, headers, ...sent },
      }
    }

    const order = random.shuffled(api.operations.flatMap((each) => Array<Operation>(EACH).fill(each)))
    const wrong: unknown[] = []
    const done = new Set<string>()
    let index = 0
    const send = async (operation: Operation): Promise<void> => {
      if (index % REFILL === 0) {
        await populate(optio, world)
        await writes.since()
      }
      const { path, init } = make(operation, index)
      index += 1
      const response = await fetch(app.url + path, { ...init, signal: AbortSignal.timeout(LONGEST_MS) })
      const text = await response.text()
      const [contentType = ''] = (response.headers.get('content-type') ?? '').split(';')
      const body: unknown = contentType === 'application/json' ? JSON.parse(text) : text
      const { status } = response
      const id = operation.operationId
      const written = status >= 400 ? await writes.since() : []
      const unexpected = written.filter((what) => !TOLD[id]?.includes(what))
      const isHealth = id.startsWith('health.')
      // An address with another in it, such as one with two dots, is not the operation's.
      const isElsewhere = status === 404 && (body as { code?: string }).code === 'NOT_FOUND'
      const misfit = isElsewhere ? null : api.misfit(operation, { status, contentType, body })
      if (misfit !== null || unexpected.length > 0 || (status >= 500 && !isHealth)) {
        wrong.push({
          id,
          path: path.slice(0, 300),
          body: String(init.body ?? '').slice(0, 400),
          status,
          misfit,
          unexpected,
          answer: text.slice(0, 300),
        })
      }
      if (status < 400) done.add(id)
      if (status < 400) await writes.since()
    }
    for (const operation of order) await send(operation)
    // Each gets beyond the door: one of which all were wrong so far is asked for until one is right.
    const never = () => api.operations.filter(({ operationId: id }) => !done.has(id) && !BEYOND.includes(id))
    for (let more = 0; more < MORE; more += 1) for (const operation of never()) await send(operation)
    expect(wrong.slice(0, 20)).toEqual([])
    expect(order.length).toBeGreaterThan(3_000)
    expect(never().map(({ operationId }) => operationId)).toEqual([])
  }, 480_000)
})
