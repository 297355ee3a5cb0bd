import { eq } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attempts, repositories, runs } from '../../src/database/schema/index.ts'
import { createCommands } from '../../src/engine/create-engine.ts'
import { endAttempt } from '../../src/engine/supervise/end-attempt.ts'
import { placeOf } from '../../src/engine/supervise/places/place-of.ts'
import { createStopSwitch } from '../../src/engine/supervise/stop-switch.ts'
import { lookAgainAt } from '../../src/engine/wake-ups.ts'
import { EnginePlace, type Hand, until } from './support/engine-place.ts'

type AttemptRow = typeof attempts.$inferSelect

let place: EnginePlace

beforeAll(async () => {
  place = await EnginePlace.make()
})
afterAll(() => place.close())

/** A run whose agent is said to run, under that process, although there is none. */
async function runOf(processId: string): Promise<{ runId: string; attemptId: string }> {
  const commands = createCommands(await place.context())
  const { runId, workspaceId } = await place.createRun(commands, await place.repository())
  const attemptId = uuidv7()
  await place.database.transaction(async (tx) => {
    await tx.update(runs).set({ state: 'running' }).where(eq(runs.id, runId))
    await tx.insert(attempts).values({
      ...{ id: attemptId, workspaceId, runId, number: 1, reason: 'first', state: 'running' },
      ...{ processId, hostId: 'test', agentType: 'command' },
    })
  })
  return { runId, attemptId }
}

async function adopted(attemptId: string): Promise<AttemptRow> {
  return await until('the attempt was taken over, and found lost', async () => {
    const [row] = await place.database.orm.select().from(attempts).where(eq(attempts.id, attemptId))
    return row && row.generation > 1 && row.state === 'lost' ? row : null
  })
}

test('the jobs of a dead process are unlocked and its attempts adopted', async () => {
  const dead = uuidv7()
  await place.rows(
    `insert into processes (id, host_id, pid, lock_key, pool_ids, version) values ($1, 'test', 1, 42, '{dead-pool}', 'test')`,
    dead,
  )
  const { runId, attemptId } = await runOf(dead)
  await place.database.transaction((tx) => lookAgainAt(tx, runId, new Date()))
  const locked = await place.rows(
    `update graphile_worker._private_jobs set locked_by = 'dead-pool', locked_at = now() where key = $1 returning id`,
    `look:${runId}`,
  )
  expect(locked).toHaveLength(1)
  const hand = await place.start({ sweepMs: 3_600_000 })
  expect((await adopted(attemptId)).generation).toBe(2)
  await until('its job was done', async () => {
    const left = await place.rows(`select from graphile_worker.jobs where locked_by = 'dead-pool'`)
    return left.length === 0
  })
  expect(await place.rows('select from processes where id = $1', dead)).toEqual([])
  await hand.engine.stop()
})

test('an attempt of a process that is on no list is adopted', async () => {
  const { attemptId } = await runOf(uuidv7())
  const hand = await place.start()
  await adopted(attemptId)
  await hand.engine.stop()
})

test('an attempt that is this process’s without its knowing, because an answer was lost, is taken up', async () => {
  const hand = await place.start()
  const [self] = await place.rows<{ id: string }>('select id from processes')
  const { attemptId } = await runOf(self?.id ?? '')
  await adopted(attemptId)
  await hand.engine.stop()
})

test('a stale generation’s end writes nothing and stops nothing', async () => {
  const hand: Hand = await place.start()
  const repository = await place.repository({ agentCommand: ['sleep', '60'] })
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'running')
  const [row] = await place.database.orm
    .select({ attempt: attempts, run: runs, repository: repositories })
    .from(attempts)
    .innerJoin(runs, eq(runs.id, attempts.runId))
    .innerJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(eq(attempts.runId, run.runId))
  if (!row) throw new Error('there is no attempt')
  const logOf = () => place.rows('select seq from log_entries where run_id = $1 order by seq', run.runId)
  const before = await logOf()
  const stale = { ...row, place: placeOf(row.run, row.repository), generation: row.attempt.generation - 1 }
  const end = endAttempt(
    hand.context,
    { ...stale, stop: createStopSwitch(), leave: new AbortController().signal },
    { state: 'failed', stopReason: null, exitCode: 1 },
  )
  await expect(end).rejects.toMatchObject({ code: 'FENCED' })
  const [after] = await place.database.orm.select().from(attempts).where(eq(attempts.id, row.attempt.id))
  expect(after).toMatchObject({ state: 'running', generation: row.attempt.generation, endedAt: null })
  expect(await logOf()).toEqual(before)
  const step = hand.context.workspaces.paths(run.runId).stepDir(row.attempt.number, 'agent')
  expect(await hand.context.runtime.status(step)).toMatchObject({ state: 'running' })
  await hand.commands.cancel(run, 'test')
  await hand.engine.stop()
})

test('what an agent wrote and cost is kept although it was to stop before anybody followed it', async () => {
  // Whoever launched it died before its start was on record, and a cancel came.
  const context = await place.context()
  const { runId, workspaceId } = await place.createRun(createCommands(context), await place.repository())
  const paths = context.workspaces.paths(runId)
  const dir = paths.stepDir(1, 'agent')
  const usage = '{"type":"usage","costUsd":"0.25","inputTokens":7,"outputTokens":5}'
  await context.runtime.start({
    ...{ dir, argv: ['printf', 'a line\\n%s\\n', usage], cwd: place.directory, env: {}, stdinFile: null },
    ...{ maxMs: 60_000, graceMs: 500, outputLimitBytes: 1e6 },
    sandbox: { readWrite: [place.directory], readOnly: [], hidden: [] },
  })
  await context.runtime.waitForEnd(dir, new AbortController().signal)
  const attemptId = uuidv7()
  await place.database.transaction(async (tx) => {
    await tx.update(runs).set({ state: 'provisioning', intent: 'cancel' }).where(eq(runs.id, runId))
    await tx.insert(attempts).values({
      ...{ id: attemptId, workspaceId, runId, number: 1, reason: 'first', state: 'starting' },
      ...{ stopRequested: 'cancel', hostId: 'test', agentType: 'command' },
    })
  })
  const hand = await place.start()
  await place.reaches({ runId }, 'cancelled')
  const [attempt] = await place.database.orm.select().from(attempts).where(eq(attempts.id, attemptId))
  expect(attempt).toMatchObject({ state: 'stopped', costUsd: '0.250000000', inputTokens: 7, outputTokens: 5 })
  const logged = await place.rows<{ content: string }>(
    `select content from log_entries where run_id = $1 and stream = 'stdout'`,
    runId,
  )
  expect(logged).toEqual([{ content: 'a line' }])
  await hand.engine.stop()
})

test('a second live attempt of a run is refused', async () => {
  const { runId } = await runOf(uuidv7())
  const second = place.database.orm.insert(attempts).values({
    ...{ id: uuidv7(), workspaceId: (await place.run({ runId })).workspaceId, runId, number: 2 },
    ...{ reason: 'retry', state: 'starting', hostId: 'test', agentType: 'command' },
  })
  await expect(second).rejects.toMatchObject({ constraint: 'attempts_one_live' })
})
