import { randomUUID } from 'node:crypto'
import { OptioError } from '@optio/contract'
import type { ScheduleConfig } from '@optio/core'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assembleSchedules } from '../../src/assemble-schedules.ts'
import { blueprints, DEFAULT_WORKSPACE_ID, triggers } from '../../src/database/schema/index.ts'
import type { EngineContext, Schedules } from '../../src/engine/context.ts'
import { listFiringsQuery } from '../../src/features/triggers/queries.ts'
import { createSchedules } from '../../src/features/triggers/schedules.ts'
import { EnginePlace } from '../engine/support/engine-place.ts'

/** Two processes' shares, each with connections of its own; no engine runs, so what is queued stays queued. */
let place: EnginePlace
let context: EngineContext
let processes: [Schedules, Schedules]
beforeAll(async () => {
  place = await EnginePlace.make()
  context = await place.context()
  const agentTypes = new Set(['command'])
  processes = [assembleSchedules(context, agentTypes), assembleSchedules(await place.context(), agentTypes)]
})
afterAll(() => place.close())

const never = () => false
const MINUTE = 60_000

/** Each does all that there is for it to do, at the same time. */
async function fireAll(): Promise<void> {
  await Promise.all(processes.map((process) => process.fireDue(never)))
}

async function definition(fields: Partial<typeof blueprints.$inferInsert> = {}): Promise<string> {
  const id = randomUUID()
  await place.database.orm.insert(blueprints).values({
    id,
    workspaceId: DEFAULT_WORKSPACE_ID,
    kind: 'standalone',
    name: 'Report',
    prompt: 'Write it.',
    agentType: 'command',
    agentCommand: ['true'],
    maxConcurrent: 2,
    maxRetries: 1,
    createdBy: 'test',
    ...fields,
  })
  return id
}

/** A schedule that is due now, or as long ago as is said. */
async function due(
  config: Partial<ScheduleConfig> = {},
  { of, agoMs = 0, ...more }: { of?: string; agoMs?: number } & Partial<typeof triggers.$inferInsert> = {},
): Promise<string> {
  const id = randomUUID()
  await place.database.orm.insert(triggers).values({
    id,
    workspaceId: DEFAULT_WORKSPACE_ID,
    blueprintId: of ?? (await definition()),
    type: 'schedule',
    config: { cronExpression: '0 9 * * *', timezone: 'Europe/Berlin', ...config },
    nextFireAt: new Date(Date.now() - agoMs - 5),
    ...more,
  })
  return id
}

interface Facts {
  readonly state: string
  readonly code: string | null
  readonly reason: string | null
  readonly run_id: string | null
  readonly due_at: Date | null
  readonly key: string
}

const firings = (triggerId: string) =>
  place.rows<Facts>('select * from trigger_firings where trigger_id = $1 order by created_at, id', triggerId)
const runsOf = (triggerId: string) =>
  place.rows<{ id: string; state: string; params: unknown; prompt: string }>(
    'select * from runs where trigger_id = $1 order by created_at, id',
    triggerId,
  )
const trigger = async (id: string) => {
  const [row] = await place.rows<{ next_fire_at: Date | null; last_fired_at: Date | null }>(
    'select * from triggers where id = $1',
    id,
  )
  if (!row) throw new Error('the trigger is gone')
  return row
}
const makeDue = (id: string, at = new Date(Date.now() - 5)) =>
  place.rows('update triggers set next_fire_at = $2 where id = $1', id, at)

test('a schedule that is due starts one run, and is due next at the next of its times', async () => {
  const id = await due({}, { paramMapping: { at: 'dueAt', zone: 'timezone', none: 'nothing' } })
  const { next_fire_at: dueAt } = await trigger(id)
  await fireAll()
  const [run, ...others] = await runsOf(id)
  expect(others).toEqual([])
  expect(run).toMatchObject({
    state: 'queued',
    prompt: 'Write it.',
    params: { at: dueAt?.toISOString(), zone: 'Europe/Berlin' },
  })
  expect(await firings(id)).toMatchObject([
    { state: 'started', code: null, reason: null, run_id: run?.id, due_at: dueAt },
  ])
  const { next_fire_at: next, last_fired_at: last } = await trigger(id)
  expect(next?.getTime()).toBeGreaterThan(Date.now())
  expect(next?.toLocaleTimeString('de', { timeZone: 'Europe/Berlin' })).toBe('09:00:00')
  expect(Date.now() - (last?.getTime() ?? 0)).toBeLessThan(MINUTE)
  await fireAll()
  expect(await firings(id)).toHaveLength(1)
})

test('without a mapping a schedule gives no parameters, so that the defaults of the schema hold', async () => {
  const paramsSchema = { type: 'object', properties: { depth: { default: 3 } }, additionalProperties: false }
  const id = await due({}, { of: await definition({ paramsSchema, prompt: 'Dig {{ depth }} deep.' }) })
  await fireAll()
  expect(await runsOf(id)).toMatchObject([{ params: { depth: 3 }, prompt: 'Dig 3 deep.' }])
})

test('of a hundred schedules and two processes each fires exactly once', async () => {
  const of = await definition()
  const ids = await Promise.all(Array.from({ length: 100 }, () => due({}, { of })))
  await fireAll()
  const started = await place.rows<{ trigger_id: string; n: number }>(
    'select trigger_id, count(*)::int as n from runs where trigger_id = any($1) group by 1',
    ids,
  )
  expect(started.map(({ n }) => n)).toEqual(Array(100).fill(1))
  for (const id of ids) expect(await firings(id)).toMatchObject([{ state: 'started' }])
})

describe('what was missed while no Optio ran', () => {
  test('fires once at most, however often it was due', async () => {
    const id = await due({ cronExpression: '* * * * *' }, { agoMs: 3 * 24 * 60 * MINUTE })
    await fireAll()
    await fireAll()
    expect(await runsOf(id)).toHaveLength(1)
    expect((await trigger(id)).next_fire_at?.getTime()).toBeGreaterThan(Date.now())
  })

  test('is passed over and recorded where that is set, unless it is only a little late', async () => {
    const [missed, late] = [
      await due({ missed: 'skip' }, { agoMs: 2 * MINUTE }),
      await due({ missed: 'skip' }, { agoMs: 30_000 }),
    ]
    await fireAll()
    expect(await firings(missed)).toMatchObject([{ state: 'skipped', code: 'MISSED', run_id: null }])
    expect((await trigger(missed)).next_fire_at?.getTime()).toBeGreaterThan(Date.now())
    expect(await firings(late)).toMatchObject([{ state: 'started' }])
  })
})

test('a clock that jumps back fires nothing twice', async () => {
  const id = await due()
  const { next_fire_at: dueAt } = await trigger(id)
  await fireAll()
  await makeDue(id, dueAt ?? undefined)
  await fireAll()
  expect(await firings(id)).toHaveLength(1)
  expect(await runsOf(id)).toHaveLength(1)
  expect((await trigger(id)).next_fire_at?.getTime()).toBeGreaterThan(Date.now())
})

describe('a firing that cannot start a run says why, and does not stop others', () => {
  test('parameters, templates, repositories and agents', async () => {
    const repository = await place.repository()
    const failing = [
      ['PARAMS_INVALID', { paramsSchema: { type: 'object', required: ['depth'] } }],
      ['REPO_NOT_CONNECTED', { kind: 'repo', repositoryId: repository.row.id, maxConcurrent: null }],
      ['AGENT_NOT_AVAILABLE', { agentType: 'nobody', agentCommand: null }],
      ['AGENT_NOT_AVAILABLE', { agentCommand: ['/nowhere/at/all'] }],
    ] as const
    const ids: string[] = []
    for (const [, fields] of failing) {
      ids.push(await due({}, { of: await definition(fields as Partial<typeof blueprints.$inferInsert>) }))
    }
    const healthy = await due()
    await place.rows('update repositories set disconnected_at = now()')
    await fireAll()
    for (const [n, id] of ids.entries()) {
      const [firing] = await firings(id)
      expect(firing).toMatchObject({ state: 'failed', code: failing[n]?.[0], run_id: null })
      expect(firing?.reason).not.toBe('')
      expect(await runsOf(id)).toEqual([])
      expect((await trigger(id)).next_fire_at?.getTime()).toBeGreaterThan(Date.now())
    }
    expect(await firings(healthy)).toMatchObject([{ state: 'started' }])
    const told = await place.rows(
      `select data ->> 'triggerId' as id, data ->> 'code' as code from events where type = 'trigger:failed'`,
    )
    expect(told).toEqual(expect.arrayContaining(ids.map((id, n) => ({ id, code: failing[n]?.[0] }))))
  })

  test('a fault of Optio, which leaves nothing half made', async () => {
    const [faulty, other] = [await due(), await due()]
    const logged: string[] = []
    const log = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) })
    const schedules = createSchedules({
      database: context.database,
      log,
      startRun: async ({ trigger, blueprintId }, _actor, tx) => {
        await tx?.execute(sql`update blueprints set name = 'half made' where id = ${blueprintId}`)
        if (trigger?.id === faulty) await tx?.execute(sql`select 1 / 0`)
        throw new OptioError('TASK_DISABLED', 'It is disabled.')
      },
    })
    await schedules.fireDue(never)
    expect(await firings(faulty)).toMatchObject([{ state: 'failed', code: 'INTERNAL' }])
    expect(await firings(other)).toMatchObject([{ state: 'failed', code: 'TASK_DISABLED' }])
    expect(logged.join()).toContain('division by zero')
    const half = await place.rows(`select from blueprints where name = 'half made'`)
    expect(half).toEqual([])
  })

  test('a time zone that is not known any more', async () => {
    const id = await due({ timezone: 'Europe/Atlantis' })
    await fireAll()
    expect(await firings(id)).toHaveLength(1)
    expect((await trigger(id)).next_fire_at).toBeNull()
  })
})

test('times of a disabled definition pass with one record, until it is enabled', async () => {
  const of = await definition({ enabled: false })
  const id = await due({}, { of })
  for (let n = 0; n < 3; n += 1) {
    await fireAll()
    expect((await trigger(id)).next_fire_at?.getTime()).toBeGreaterThan(Date.now())
    expect(await firings(id)).toMatchObject([{ state: 'skipped', code: 'TASK_DISABLED' }])
    await makeDue(id)
  }
  await place.rows('update blueprints set enabled = true where id = $1', of)
  await fireAll()
  expect(await firings(id)).toMatchObject([{ state: 'skipped' }, { state: 'started' }])
  await place.rows('update blueprints set enabled = false where id = $1', of)
  await place.rows(`update runs set state = 'completed' where trigger_id = $1`, id)
  await makeDue(id)
  await fireAll()
  expect((await firings(id)).map(({ state }) => state)).toEqual(['skipped', 'started', 'skipped'])
})

test('a trigger that somebody holds is passed over and fires later', async () => {
  const [held, other] = [await due(), await due()]
  await place.database.transaction(async (tx) => {
    await tx.execute(sql`select from triggers where id = ${held} for update`)
    await fireAll()
    expect(await firings(other)).toHaveLength(1)
    expect(await firings(held)).toEqual([])
  })
  await fireAll()
  expect(await firings(held)).toHaveLength(1)
})

test('it ends when it is told to, and goes on where it was', async () => {
  const of = await definition()
  const ids = await Promise.all(Array.from({ length: 30 }, () => due({}, { of })))
  let asked = 0
  await processes[0].fireDue(() => ++asked > 1)
  const fired = async () => (await Promise.all(ids.map(firings))).filter(({ length }) => length === 1).length
  const some = await fired()
  expect(some).toBeGreaterThan(0)
  expect(some).toBeLessThan(30)
  await fireAll()
  expect(await fired()).toBe(30)
})

describe('overlapping firings, whatever happens in which order in two processes', () => {
  const FINISHED = ['completed', 'failed', 'cancelled']
  const step = fc.constantFrom('due', 'due', 'finish', 'fire', 'both')
  const seed = Number(process.env.OPTIO_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))

  test.each(['skip', 'queue', 'allow'] as const)(`"%s" (seed ${seed})`, async (overlap) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const id = await due({ overlap })
        const unfinished = async () => (await runsOf(id)).filter(({ state }) => !FINISHED.includes(state))
        const check = async () => {
          const all = await firings(id)
          const started = all.filter(({ state }) => state === 'started')
          const runs = await runsOf(id)
          expect(started.map(({ run_id }) => run_id).sort()).toEqual(runs.map((run) => run.id).sort())
          if (overlap === 'allow') expect(started).toHaveLength(all.length)
          else expect((await unfinished()).length).toBeLessThanOrEqual(1)
          // Those that wait are behind those that were started.
          const states = all.map(({ state }) => state).filter((state) => state !== 'skipped')
          expect(states).toEqual([...states].sort())
          if (overlap === 'queue') expect(all.some(({ state }) => state === 'skipped')).toBe(false)
        }
        for (const step of steps) {
          if (step === 'due') await makeDue(id)
          if (step === 'finish') {
            const [run] = await unfinished()
            if (run) await place.rows(`update runs set state = 'completed' where id = $1`, run.id)
          }
          if (step === 'fire') await processes[0].fireDue(never)
          if (step === 'both') await fireAll()
          await check()
        }
        // In the end nothing is forgotten.
        for (let n = 0; n < 20; n += 1) {
          await place.rows(`update runs set state = 'completed' where trigger_id = $1`, id)
          await fireAll()
        }
        await check()
        expect((await firings(id)).some(({ state }) => state === 'waiting')).toBe(false)
      }),
      { numRuns: 12, seed },
    )
  })
})

test('what is asked every second and what is listed goes by an index, however much there is', async () => {
  const id = await due({}, { nextFireAt: new Date(Date.now() + 9e9) })
  await place.rows(
    `insert into trigger_firings (id, workspace_id, trigger_id, key, state, code, settled_at, created_at)
     select gen_random_uuid(), workspace_id, id, 'n' || n, 'skipped', 'OVERLAP', now(), now() - n * interval '1 second'
     from triggers, generate_series(1, 20000) n where id = $1`,
    id,
  )
  await place.rows('analyze trigger_firings')
  const query = listFiringsQuery(place.database.orm, id, { limit: 50 })
  const { rows } = await place.database.orm.execute<{ 'QUERY PLAN': string }>(sql`explain ${query.getSQL()}`)
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('trigger_firings_newest')
  expect(plan).not.toMatch(/Seq Scan|Sort/)
})
