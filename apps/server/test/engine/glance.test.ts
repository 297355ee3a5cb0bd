import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EngineContext } from '../../src/engine/context.ts'
import { createCommands } from '../../src/engine/create-engine.ts'
import { type Glance, glance } from '../../src/engine/glance.ts'
import { joinProcesses, type ProcessMembership } from '../../src/engine/process-registry.ts'
import { EnginePlace } from './support/engine-place.ts'

const NOTHING: Glance = {
  dead: false,
  executing: false,
  orphans: false,
  stops: false,
  claimable: false,
  due: false,
  dueJobs: 0,
  nextMs: null,
}

let place: EnginePlace
let context: EngineContext
let self: ProcessMembership

beforeAll(async () => {
  place = await EnginePlace.make()
  context = await place.context({ maxConcurrent: 2 })
  self = await joinProcesses(context.database, context.config)
})
afterAll(async () => {
  await self.leave()
  await place.close()
})

const look = (held: readonly string[] = []) => glance(context, self.identity, held)
const noJobs = () =>
  place.rows('select graphile_worker.complete_jobs(array_agg(id)) from graphile_worker.jobs')

test('a glance finds what waits for a slot only while there is one, for its repository and over all', async () => {
  expect(await look()).toEqual(NOTHING)
  const commands = createCommands(context)
  const [one, other] = [await place.repository({ maxConcurrentTasks: 1 }), await place.repository()]
  const first = await place.createRun(commands, one)
  await place.createRun(commands, one)
  await noJobs()
  expect(await look()).toEqual({ ...NOTHING, claimable: true })

  await place.rows(`update installation set paused_at = now(), paused_by = 'ann'`)
  expect(await look()).toEqual(NOTHING)
  await place.rows('update installation set paused_at = null, paused_by = null')

  // Its repository is full; then another waits for a repository with room, and then all slots are taken.
  await place.rows(
    `insert into attempts (id, workspace_id, run_id, number, reason, host_id, process_id, agent_type)
     values (gen_random_uuid(), $1, $2, 1, 'first', 'test', $3, 'command')`,
    first.workspaceId,
    first.runId,
    self.identity.id,
  )
  await place.rows(`update runs set state = 'provisioning' where id = $1`, first.runId)
  const [attempt] = await place.rows<{ id: string }>('select id from attempts')
  const held = [attempt?.id ?? '']
  expect(await look(held)).toEqual(NOTHING)
  const second = await place.createRun(commands, other)
  await noJobs()
  expect(await look(held)).toEqual({ ...NOTHING, claimable: true })
  expect(
    await glance({ ...context, config: { ...context.config, maxConcurrent: 1 } }, self.identity, held),
  ).toEqual(NOTHING)

  // A backoff is no reason to claim before it ends, and says when that is.
  await place.rows(`update runs set not_before = now() + interval '20 seconds' where id = $1`, second.runId)
  const waiting = await look(held)
  expect(waiting).toMatchObject({ claimable: false })
  expect(waiting.nextMs).toBeGreaterThan(10_000)
  expect(waiting.nextMs).toBeLessThanOrEqual(20_000)
})

test('a glance finds what is nobody’s, what is to be stopped, and jobs whose time has come', async () => {
  const [attempt] = await place.rows<{ id: string }>('select id from attempts')
  const held = [attempt?.id ?? '']
  expect((await look([])).orphans).toBe(true)
  expect((await look(held)).orphans).toBe(false)
  await place.rows('update attempts set process_id = gen_random_uuid()')
  expect((await look(held)).orphans).toBe(true)
  await place.rows('update attempts set process_id = $1, stop_requested = $2', self.identity.id, 'cancel')
  expect(await look(held)).toMatchObject({ orphans: false, stops: true })

  await place.rows(`select graphile_worker.add_job('wake', '{"runId": "x"}')`)
  await place.rows(
    `select graphile_worker.add_job('wake', '{"runId": "y"}', run_at := now() + interval '5 seconds')`,
  )
  const jobs = await look(held)
  expect(jobs.dueJobs).toBe(1)
  expect(jobs.nextMs).toBeLessThanOrEqual(5_000)
})

test('a glance sees a process that died, and leaves its lock to whoever takes it off the list', async () => {
  const other = await place.context()
  await joinProcesses(other.database, other.config)
  expect((await look()).dead).toBe(false)
  await place.rows(
    `select pg_terminate_backend(l.pid) from pg_locks l join processes p
       on l.locktype = 'advisory' and (l.classid::bigint << 32 | l.objid::bigint) = p.lock_key where p.id <> $1`,
    self.identity.id,
  )
  await expect.poll(async () => (await look()).dead).toBe(true)
  expect((await look()).dead).toBe(true)
})

test('a glance finds a schedule that is due and a firing that waits for nothing any more, and says when the next is due', async () => {
  await place.rows('delete from attempts')
  await place.rows('delete from runs')
  await noJobs()
  const workspace = '00000000-0000-7000-8000-000000000001'
  await place.rows(
    `insert into blueprints (id, workspace_id, kind, name, prompt, agent_type, max_concurrent, max_retries, created_by)
     values (gen_random_uuid(), $1, 'standalone', 'A report', 'Write it.', 'command', 1, 0, 'test')`,
    workspace,
  )
  await place.rows(
    `insert into triggers (id, workspace_id, blueprint_id, type, config, next_fire_at)
     select gen_random_uuid(), workspace_id, id, 'schedule', '{"cronExpression": "0 9 * * *"}', now() + interval '20 seconds'
     from blueprints`,
  )
  const before = await look()
  expect(before).toMatchObject({ due: false })
  expect(before.nextMs).toBeGreaterThan(10_000)
  expect(before.nextMs).toBeLessThanOrEqual(20_000)
  await place.rows('update triggers set next_fire_at = now()')
  expect(await look()).toMatchObject({ due: true, nextMs: null })
  await place.rows('update triggers set next_fire_at = null')
  expect(await look()).toMatchObject({ due: false })

  await place.rows(
    `insert into trigger_firings (id, workspace_id, trigger_id, key, state)
     select gen_random_uuid(), workspace_id, id, 'n' || n, 'waiting' from triggers, generate_series(1, 3) n`,
  )
  expect(await look()).toMatchObject({ due: true })
  const commands = createCommands(context)
  const run = await place.createRun(commands, await place.repository())
  await place.rows('update runs set trigger_id = (select id from triggers) where id = $1', run.runId)
  expect(await look()).toMatchObject({ due: false })
  await place.rows(`update runs set state = 'cancelled' where id = $1`, run.runId)
  expect(await look()).toMatchObject({ due: true })
})
