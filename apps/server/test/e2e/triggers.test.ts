import { createHmac, randomUUID } from 'node:crypto'
import type { HookAnswer } from '@optio/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { Place } from './support/place.ts'
import type { ServerProcess } from './support/server.ts'
import { until } from './support/until.ts'

const SCHEDULES = 500
/** Firings after which a process is killed, in turn the one and the other, each time replaced by a new one. */
const KILL_AFTER = [20, 120, 220, 320, 420]

const DELIVERIES = 120
const SENT_AT_ONCE = 6
const SECRET = 'correct-horse-battery'

let place: Place
let database: TestDatabase
let pool: pg.Pool
let servers: ServerProcess[] = []

beforeAll(async () => {
  database = await testDatabase()
  place = await Place.make()
  pool = new pg.Pool({ connectionString: database.url, max: 3 })
  pool.on('error', () => undefined)
  servers = [await start(), await start()]
  // What is made is counted, not executed.
  await client().system.pause({ body: {} })
}, 120_000)

afterAll(async () => {
  await pool?.end()
  await place?.close()
  await database?.drop()
})

async function definition(): Promise<string> {
  const { task } = await client().tasks.create({
    body: {
      type: 'standalone',
      name: 'Report',
      prompt: 'Write it.',
      agentType: 'command',
      agentCommand: ['true'],
    },
  })
  return task.id
}

async function start(): Promise<ServerProcess> {
  return await place.start({ DATABASE_URL: database.url })
}

function client() {
  const [server] = servers
  if (!server) throw new Error('no server runs')
  return server.client
}

/** The one that runs longest, with SIGKILL; another takes its place. */
async function replaceOldest(): Promise<void> {
  const [oldest, ...others] = servers
  servers = others
  await oldest?.kill()
  servers = [...others, await start()]
}

async function count(sql: string, ...values: unknown[]): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from ${sql}`, values)
  return rows[0]?.n ?? 0
}

describe(`${SCHEDULES} schedules that are due in the same minute, and two processes killed in turn`, () => {
  let kills = 0
  let ms = 0

  beforeAll(async () => {
    await pool.query(
      `insert into triggers (id, workspace_id, blueprint_id, type, config, next_fire_at)
       select gen_random_uuid(), workspace_id, id, 'schedule', '{"cronExpression": "0 9 * * *", "overlap": "allow"}',
         now() + interval '30 minutes'
       from blueprints, generate_series(1, $2::int) where id = $1`,
      [await definition(), SCHEDULES],
    )
    const began = performance.now()
    await pool.query(
      `update triggers set next_fire_at = date_trunc('minute', now()) - interval '1 second' * (random() * 59)::int
       where type = 'schedule'`,
    )
    for (const firings of KILL_AFTER) {
      await until(`${firings} have fired`, async () => (await count('trigger_firings')) >= firings, {
        withinMs: 120_000,
        everyMs: 5,
      })
      await replaceOldest()
      kills += 1
    }
    const left = `triggers where type = 'schedule' and next_fire_at < now()`
    await until('all have fired', async () => (await count(left)) === 0, { withinMs: 120_000 })
    ms = Math.round(performance.now() - began)
    console.log(`${SCHEDULES} schedules fired in ${ms} ms, ${kills} processes killed meanwhile`)
  }, 300_000)

  test('each has fired exactly once, with a run of its own', async () => {
    const { rows } = await pool.query<{ firings: number; runs: number; same: boolean; states: string[] }>(
      `select (select count(*)::int from trigger_firings f where f.trigger_id = t.id) as firings,
         (select count(*)::int from runs r where r.trigger_id = t.id) as runs,
         (select array_agg(f.state) from trigger_firings f where f.trigger_id = t.id) as states,
         exists (select from trigger_firings f join runs r on r.id = f.run_id
           where f.trigger_id = t.id and r.trigger_id = t.id) as same
       from triggers t where t.type = 'schedule'`,
    )
    expect(rows).toHaveLength(SCHEDULES)
    for (const row of rows) expect(row).toEqual({ firings: 1, runs: 1, same: true, states: ['started'] })
    expect(await count('(select distinct run_id from trigger_firings) runs')).toBe(SCHEDULES)
  })

  test('each run has begun its story once, and waits for a slot like any other', async () => {
    const created = `events where type = 'run:created'`
    expect(await count(created)).toBe(SCHEDULES)
    expect(await count(`runs where state = 'queued'`)).toBe(SCHEDULES)
  })
})

test(`each of ${DELIVERIES} deliveries makes one run, although both processes are killed while they come and each is sent until it is answered`, async () => {
  const path = `hook-${randomUUID()}`
  // Of another definition than the schedules, which are more than one may have.
  const { trigger } = await client().triggers.create({
    params: { id: await definition() },
    body: { type: 'webhook', config: { path, secret: SECRET } },
  })
  const names = Array.from({ length: DELIVERIES }, (_, n) => `delivery-${n}`)
  const waiting = [...names]
  const answers = new Map<string, HookAnswer>()
  let sent = 0

  const send = async (name: string): Promise<HookAnswer | null> => {
    const body = JSON.stringify({ name })
    const server = servers[sent++ % servers.length]
    const response = await fetch(`${server?.url}/api/hooks/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-optio-delivery': name,
        'x-optio-signature': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
      },
      body,
    }).catch(() => null)
    if (response === null || response.status === 503) return null
    expect(response.status).toBe(202)
    // The answer may be cut off by the end of the process.
    return (await response.json().catch(() => null)) as HookAnswer | null
  }
  const sender = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const answer = await send(name)
      if (answer === null) waiting.push(name)
      else answers.set(name, answer)
    }
  }
  const senders = Promise.all(Array.from({ length: SENT_AT_ONCE }, sender))
  for (const answered of [20, 60]) {
    await until(`${answered} are answered`, () => answers.size >= answered, {
      withinMs: 120_000,
      everyMs: 5,
    })
    await replaceOldest()
  }
  await senders

  expect(answers.size).toBe(DELIVERIES)
  const { rows } = await pool.query<{ id: string; name: string }>(
    `select id, params ->> 'name' as name from runs where trigger_id = $1`,
    [trigger.id],
  )
  expect(rows).toHaveLength(DELIVERIES)
  for (const { id, name } of rows) expect(answers.get(name)?.runId).toBe(id)
  for (const name of names) expect(await send(name)).toEqual(answers.get(name))
  expect(await count('trigger_firings where trigger_id = $1', trigger.id)).toBe(DELIVERIES)
}, 300_000)
