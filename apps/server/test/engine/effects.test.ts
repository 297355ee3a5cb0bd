import { decide } from '@optio/core'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_WORKSPACE_ID } from '../../src/database/schema/workspaces.ts'
import { createCommands } from '../../src/engine/create-engine.ts'
import { execute } from '../../src/engine/execute.ts'
import { readStoredFacts } from '../../src/engine/read-run.ts'
import { EnginePlace, until } from './support/engine-place.ts'

const AGENT = ['sh', '-c', 'echo right >answer && git add answer && git commit -qm "Answer"']

let place: EnginePlace

beforeAll(async () => {
  place = await EnginePlace.make()
})
afterAll(() => place.close())

test('effects with the same key are recorded once', async () => {
  const context = await place.context()
  const run = await place.createRun(createCommands(context), await place.repository())
  const record = async () =>
    await place.database.transaction(async (tx) => {
      const facts = await readStoredFacts(tx, run.runId, context.config)
      if (!facts) throw new Error('the run is gone')
      const waits = decide({ ...facts.snapshot, pullRequest: { kind: 'none' }, now: Date.now() })
      const effect = { kind: 'publish' as const, key: `publish:${run.runId}`, headSha: '0'.repeat(40) }
      return await execute(
        context,
        tx,
        facts.run,
        { kind: 'none' },
        { ...waits, action: { type: 'effect', effect } },
      )
    })
  expect(await record()).toBe('moved')
  expect(await record()).toBe('moved')
  const recorded = await place.rows<{ id: string }>('select id from effects where run_id = $1', run.runId)
  expect(recorded).toHaveLength(1)
  const jobs = await place.rows(
    'select from graphile_worker.jobs where key = $1',
    `effect:${recorded[0]?.id}`,
  )
  expect(jobs).toHaveLength(1)
  await place.rows('delete from runs where id = $1', run.runId)
})

test('an effect whose result could not be stored is carried out again as soon as it can', async () => {
  const hand = await place.start()
  const repository = await place.repository({ agentCommand: AGENT })
  // As a full disk does: neither the result nor the failure of an effect can be stored. A sequence counts through rollbacks.
  await place.rows('create sequence refused')
  await place.rows(`
    create function disk_full() returns trigger language plpgsql as $$
    begin
      perform nextval('refused');
      raise exception 'could not extend file' using errcode = '53100';
    end $$`)
  await place.rows(`
    create trigger disk_full before update on effects for each row
    when (old.state = 'executing') execute function disk_full()`)
  const run = await place.createRun(hand.commands, repository)
  await until('result and failure were refused', async () => {
    const [refused] = await place.rows<{ n: number }>('select last_value as n from refused')
    return (refused?.n ?? 0) >= 2
  })
  await place.rows('drop trigger disk_full on effects')
  await place.reaches(run, 'pr_opened')
  await hand.engine.stop()
})

test('an effect that a process on no list had is carried out by another', async () => {
  const context = await place.context()
  const commands = createCommands(context)
  const run = await place.createRun(commands, await place.repository())
  const id = uuidv7()
  await place.rows(
    `insert into effects (id, workspace_id, run_id, kind, key, request, state, process_id, tries)
     values ($1, $2, $3, 'close_pull_request', $4, $5, 'executing', $6, 1)`,
    ...[
      id,
      DEFAULT_WORKSPACE_ID,
      run.runId,
      `close:${run.runId}`,
      { kind: 'close_pull_request', prNumber: 1 },
      uuidv7(),
    ],
  )
  const hand = await place.start()
  await until('it was tried again', async () => {
    const [effect] = await place.rows<{ tries: number }>('select tries from effects where id = $1', id)
    return (effect?.tries ?? 0) > 1
  })
  await hand.engine.stop()
})

test('a cancel does not wait for an effect of a process that died', async () => {
  const context = await place.context({ sweepMs: 3_600_000 })
  const run = await place.createRun(createCommands(context), await place.repository())
  const dead = uuidv7()
  await place.rows(
    `insert into processes (id, host_id, pid, lock_key, version) values ($1, 'test', 1, 4711, 'test')`,
    dead,
  )
  await place.rows(
    `insert into effects (id, workspace_id, run_id, kind, key, request, state, process_id, tries)
     values ($1, $2, $3, 'publish', 'p', '{"kind":"publish"}', 'executing', $4, 1)`,
    ...[uuidv7(), DEFAULT_WORKSPACE_ID, run.runId, dead],
  )
  // Somebody looked at the cancel already, and would not for the next five minutes.
  await place.rows(
    `update runs set intent = 'cancel', next_look_at = now() + interval '1 hour' where id = $1`,
    run.runId,
  )
  await place.rows('select graphile_worker.remove_job(key) from graphile_worker.jobs where key is not null')
  const hand = await place.start({ sweepMs: 3_600_000 })
  await place.reaches(run, 'cancelled')
  await hand.engine.stop()
})

test('a merge that was decided is not carried out over a change request that came since', async () => {
  const repository = await place.repository({ agentCommand: AGENT, testCommand: 'true', autoMerge: true })
  // Somebody asks for changes in the very moment in which the merge is decided.
  await place.rows(`
    create function ask_for_changes() returns trigger language plpgsql as $$
    begin
      insert into pull_request_reviews (id, workspace_id, repository_id, pr_number, author, state, body, head_sha)
      select gen_random_uuid(), p.workspace_id, p.repository_id, p.number, 'ann', 'changes_requested', 'No.', p.head_sha
      from pull_requests p where p.run_id = new.run_id;
      return new;
    end $$`)
  await place.rows(`
    create trigger ask_for_changes after insert on effects for each row
    when (new.kind = 'merge') execute function ask_for_changes()`)
  const before = await repository.git.git('rev-parse', 'main')
  const hand = await place.start()
  const run = await place.createRun(hand.commands, repository)
  const merge = await until('the merge came to something', async () => {
    const [found] = await place.rows<{ refusal: { code: string } | null }>(
      `select refusal from effects where run_id = $1 and kind = 'merge' and state = 'done'`,
      run.runId,
    )
    return found
  })
  expect(merge.refusal?.code).toBe('changes_requested')
  expect(await repository.git.git('rev-parse', 'main')).toBe(before)
  await place.rows('drop trigger ask_for_changes on effects')
  await hand.engine.stop()
})

test('a merge that waits for its next try is not done once a person restarted the task', async () => {
  const context = await place.context()
  const commands = createCommands(context)
  const run = await place.createRun(commands, await place.repository())
  await place.rows(`update runs set state = 'pr_opened' where id = $1`, run.runId)
  await place.rows(
    `insert into effects (id, workspace_id, run_id, kind, key, request, not_before, tries)
     values ($1, $2, $3, 'merge', 'm', '{"kind":"merge"}', now() + interval '1 minute', 3)`,
    ...[uuidv7(), DEFAULT_WORKSPACE_ID, run.runId],
  )
  await commands.forceRestart(run, { prompt: null }, 'ann')
  expect(await place.rows('select from effects where run_id = $1', run.runId)).toEqual([])
})
