import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claim } from '../../src/engine/claim.ts'
import { createCommands } from '../../src/engine/create-engine.ts'
import { CLAIM_NOTICE } from '../../src/engine/notices.ts'
import { joinProcesses } from '../../src/engine/process-registry.ts'
import { EnginePlace, until } from './support/engine-place.ts'

let place: EnginePlace

beforeAll(async () => {
  place = await EnginePlace.make()
})
afterAll(() => place.close())

const pause = () =>
  place.rows(`update installation set paused_at = now(), paused_by = 'ann', pause_reason = 'upgrade'`)
const unpause = () =>
  place.rows('update installation set paused_at = null, paused_by = null, pause_reason = null')

test('while Optio is paused no process claims an agent or a check, and what runs goes on', async () => {
  const repository = await place.repository({ maxConcurrentTasks: 10, agentCommand: ['sleep', '60'] })
  const slow = await place.start({ tickMs: 60_000 })
  const running = await place.createRun(slow.commands, repository)
  await place.reaches(running, 'running')
  await pause()

  const other = await place.start({ tickMs: 60_000 })
  const waiting = await place.createRun(other.commands, repository)
  await place.rows(
    `insert into pull_requests (workspace_id, repository_id, number, run_id, title, body, head_ref, head_sha, base_ref, base_sha)
     values ($1, $2, 1, $3, 't', 'b', 'h', 'a', 'main', 'b')`,
    running.workspaceId,
    repository.row.id,
    running.runId,
  )
  await place.rows(
    `insert into check_runs (id, workspace_id, run_id, repository_id, pr_number, name, head_sha, base_sha)
     values (gen_random_uuid(), $1, $2, $3, 1, 'test', 'a', 'b')`,
    running.workspaceId,
    running.runId,
    repository.row.id,
  )
  for (const { context } of [slow, other]) {
    const member = await joinProcesses(context.database, context.config)
    expect(await claim(context, member.identity)).toEqual({ attempts: [], checks: [] })
    await member.leave()
  }
  expect((await place.run(waiting)).state).toBe('queued')
  expect((await place.run(running)).state).toBe('running')
  expect(await slow.commands.explain(waiting)).toMatchObject({
    summary: expect.stringMatching(/^Optio is paused since .* by ann \(upgrade\)\. No agent starts\.$/),
  })

  // The notice is enough: neither process would look by itself within a minute.
  await unpause()
  await slow.context.notify.publish(place.database.orm, { k: CLAIM_NOTICE })
  await place.reaches(waiting, 'running')
  await until('the check is claimed', async () => {
    const [check] = await place.rows<{ status: string }>('select status from check_runs')
    return check?.status !== 'queued'
  })
})

test('a claim and a pause exclude each other, so that nothing starts once a pause is answered', async () => {
  const context = await place.context()
  const member = await joinProcesses(context.database, context.config)
  await place.createRun(createCommands(context), await place.repository())
  const { claiming } = await place.database.transaction(async (tx) => {
    await tx.execute(sql`update installation set paused_at = now(), paused_by = 'ann'`)
    const claiming = claim(context, member.identity)
    await until('the claim waits for the pause', async () => {
      const waiting = await place.rows(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%for share%'`,
      )
      return waiting.length > 0
    })
    return { claiming }
  })
  expect(await claiming).toEqual({ attempts: [], checks: [] })
  await member.leave()
  await unpause()
})
