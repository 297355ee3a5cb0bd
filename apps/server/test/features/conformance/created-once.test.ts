import { randomUUID } from 'node:crypto'
import { type Route, routes } from '@optio/contract'
import { eq, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idempotencyKeys } from '../../../src/database/schema/index.ts'
import { CREATING } from './requests.ts'
import { expectError, type Served, serve } from './support.ts'

let served: Served
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served?.close())

async function rowCount(): Promise<number> {
  const { rows } = await served.optio.database.orm.execute<{ n: number }>(sql`
    select ((select count(*) from runs) + (select count(*) from blueprints) + (select count(*) from triggers)
      + (select count(*) from repositories) + (select count(*) from task_comments) + (select count(*) from task_messages)
      + (select count(*) from prompt_templates) + (select count(*) from task_templates) + (select count(*) from run_dependencies)
      + (select count(*) from pull_request_reviews))::int as n`)
  return rows[0]?.n ?? -1
}

it('every route that creates is asked here', () => {
  const creating = Object.entries(routes).flatMap(([group, members]) =>
    Object.entries(members as Record<string, Route>)
      .filter(([, route]) => route.creates)
      .map(([name]) => `${group}.${name}`),
  )
  expect(Object.keys(CREATING).sort()).toEqual(creating.sort())
})

describe('with one Idempotency-Key', () => {
  for (const [id, request] of Object.entries(CREATING)) {
    it(`${id} creates once, also when the process died before it had answered, and refuses another body`, async () => {
      const key = randomUUID()
      const { path, body } = await request(served)
      const send = (given: unknown = body) => served.send('POST', path, given, { 'idempotency-key': key })
      const before = await rowCount()
      const first = await send()
      expect([201, 202]).toContain(first.status)
      expect(await rowCount()).toBe(before + 1)
      const second = await send()
      expect([second.status, second.text]).toEqual([first.status, first.text])
      expectError(await send({ ...(body as object), ...OTHER[id] }), 'IDEMPOTENCY_KEY_REUSED')
      expect(await rowCount()).toBe(before + 1)
      await served.optio.database.orm
        .update(idempotencyKeys)
        .set({ status: null, answer: null, leasedUntil: new Date(0) })
        .where(eq(idempotencyKeys.key, key))
      const afterDeath = await send()
      expect([afterDeath.status, afterDeath.body]).toEqual([first.status, first.body])
      expect(await rowCount()).toBe(before + 1)
    })

    it(`${id} creates when the process died before it had created`, async () => {
      const key = randomUUID()
      const { path, body } = await request(served)
      const send = () => served.send('POST', path, body, { 'idempotency-key': key })
      const { status } = await send()
      await served.optio.database.orm
        .update(idempotencyKeys)
        .set({ status: null, answer: null, leasedUntil: new Date(0), resourceId: uuidv7() })
        .where(eq(idempotencyKeys.key, key))
      const before = await rowCount()
      expect((await send()).status).toBe(status)
      expect(await rowCount()).toBe(before + (ONE_OF_A_KIND.includes(id) ? 0 : 1))
    })
  }
})

/** There is one at most, whoever asks: a repository is connected once, one review reads a head, a task waits once for another. */
const ONE_OF_A_KIND = ['repos.connect', 'tasks.review', 'dependencies.add']

/** What makes the body another one. */
const PROMPT = { prompt: 'another' }
const PARAMS = { params: { topic: 'another', name: 'another' } }
const OTHER: Readonly<Record<string, object>> = {
  'repos.connect': { autoMerge: true },
  ...{
    'tasks.create': PROMPT,
    'tasks.review': PROMPT,
    'subtasks.create': PROMPT,
    'taskTemplates.create': PROMPT,
  },
  ...{ 'jobs.create': PROMPT, 'taskConfigs.create': PROMPT },
  ...{ 'runs.start': PARAMS, 'jobs.startRun': PARAMS, 'taskConfigs.run': PARAMS },
  ...{ 'comments.create': { content: 'another' }, 'messages.send': { content: 'another' } },
  'promptTemplates.create': { name: 'another' },
  'pullRequests.review': { body: 'another' },
  'dependencies.add': { dependsOnIds: ['0199f000-2000-7000-8000-000000000001'] },
  ...{ 'triggers.create': { enabled: false }, 'jobs.createTrigger': { enabled: false } },
  'taskConfigs.createTrigger': { enabled: false },
}
