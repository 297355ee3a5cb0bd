import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { planNameOf } from '../../src/database/planned-once.ts'
import { DEFAULT_WORKSPACE_ID as workspaceId } from '../../src/database/schema/index.ts'
import { listDeliveries } from '../../src/features/github/deliveries.ts'
import { type LogQuery, readLog } from '../../src/features/logs/queries.ts'
import { type LogSearch, searchLog } from '../../src/features/logs/search/search-log.ts'
import { listSecretsQuery } from '../../src/features/secrets/queries.ts'
import { findAttempts, findTransitions } from '../../src/features/tasks/queries.ts'
import { listTriggers } from '../../src/features/triggers/queries.ts'
import { liveAttempt } from '../logs/support.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'

const GROWN =
  'runs|log_heads|log_entries|log_signatures|attempts|events|blueprints|triggers|secrets|webhook_deliveries|repositories'
const LAST_SEQ = 20_480

let scratch: TestDatabase
let database: Database
let run: { id: string; workspaceId: string }
let repositoryId: string
let blueprintId: string

beforeAll(async () => {
  scratch = await testDatabase()
  database = await scratch.open()
  const { runId } = await liveAttempt(database)
  run = { id: runId, workspaceId }
  blueprintId = randomUUID()
  await grow(`insert into repositories (id, workspace_id, repo_url, git_platform, full_name, default_branch)
    select gen_random_uuid(), '${workspaceId}', '/' || n, 'local', 'bulk', 'main' from generate_series(1, 1000) n`)
  const { rows } = await database.pool.query<{ repository_id: string }>('select repository_id from runs')
  repositoryId = rows[0]?.repository_id ?? ''
  await grow(`insert into runs (id, workspace_id, kind, repository_id, branch, state, title, prompt, agent_type, created_by)
    select gen_random_uuid(), workspace_id, kind, repository_id, 'b' || n, state, title, prompt, agent_type, 'bulk'
    from runs, generate_series(1, 3000) n`)
  await grow(`insert into log_heads (run_id, workspace_id, next_seq)
    select id, workspace_id, 101 from runs on conflict do nothing`)
  await grow(`update log_heads set next_seq = ${LAST_SEQ + 1} where run_id = '${runId}'`)
  // One log is long, and there are many beside it.
  await grow(`insert into log_entries (run_id, seq, workspace_id, attempt, stream, log_type, content, timestamp)
    select run_id, seq, workspace_id, 1, 'stdout', case when seq % 500 = 7 then 'error' else 'text' end,
           'line ' || seq || case when seq % 3000 = 11 then ' needle' else '' end, now()
    from log_heads, generate_series(1, next_seq - 1) seq where run_id = '${runId}' or run_id < '20000000-0000-0000-0000-000000000000'`)
  await grow(`insert into log_signatures (run_id, workspace_id, shard, block, bits)
    select run_id, workspace_id, shard, block, decode(repeat('ff', 1024), 'hex')
    from (select * from log_heads order by run_id <> '${runId}' limit 20) heads,
         generate_series(0, 31) shard, generate_series(0, 17) block`)
  await grow(`insert into attempts (id, workspace_id, run_id, number, reason, state, host_id, agent_type, ended_at)
    select gen_random_uuid(), workspace_id, id, n, 'first', 'ended', 'here', 'command', now() - random() * interval '90 days' from runs, generate_series(2, 6) n`)
  await grow(`insert into events (workspace_id, run_id, type, to_state, actor)
    select workspace_id, id, 'task.state', 'running', 'optio' from generate_series(1, 10) n, runs`)
  await grow(`insert into events (workspace_id, run_id, type, to_state, actor)
    select '${workspaceId}', '${runId}', 'task.state', 'running', 'optio' from generate_series(1, 300) n`)
  await grow(`insert into blueprints (id, workspace_id, kind, name, prompt, agent_type, max_retries, max_concurrent, created_by)
    select case when n = 1 then '${blueprintId}' else gen_random_uuid() end, '${workspaceId}', 'standalone', 'bulk', 'p', 'command', 1, 1, 'bulk'
    from generate_series(1, 1000) n`)
  await grow(`insert into triggers (id, workspace_id, blueprint_id, type, config)
    select gen_random_uuid(), workspace_id, id, 'schedule', '{}' from blueprints, generate_series(1, 10) n`)
  await grow(`insert into encryption_keys (id, master_id, wrapped, state) values ('k1', 'm', '', 'active')`)
  await grow(`insert into secrets (id, workspace_id, name, scope, repository_id, user_id, key_id, sealed, created_by, created_at)
    select gen_random_uuid(), '${workspaceId}', 'S' || n, scope, case scope when 'repository' then '${repositoryId}'::uuid end,
           case scope when 'user' then 'local' end, 'k1', '', 'bulk', now() - n * interval '1 minute'
    from generate_series(1, 5000) n, unnest(array['global', 'repository', 'user']) scope`)
  await grow(`insert into webhook_deliveries (id, event, workspace_id, repository_id, state, received_at)
    select 'd' || n, 'push', '${workspaceId}', case when n % 100 = 0 then '${repositoryId}'::uuid else gen_random_uuid() end,
           'done', now() - n * interval '1 second'
    from generate_series(1, 20000) n`)
  await grow('vacuum analyze')
})
afterAll(() => scratch.drop())

const grow = (text: string) => database.pool.query(text)

/** How Postgres carries out each statement that `work` sends: for what it was given, and where it keeps the plan also for anything. */
async function plansOf(work: () => PromiseLike<unknown>): Promise<string[]> {
  const spy = vi.spyOn(database.pool, 'query')
  await work()
  const sent = [...spy.mock.calls] as unknown as [{ text: string }, unknown[]][]
  spy.mockRestore()
  const plans: string[] = []
  for (const [{ text }, values] of sent) {
    plans.push(await explained(`explain ${text}`, values))
    if (planNameOf(text) !== undefined) plans.push(await explained(`explain (generic_plan) ${text}`))
  }
  return plans
}

async function explained(text: string, values?: unknown[]): Promise<string> {
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(text, values)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

/** Each of the statements goes by indexes alone, and all of these are among them. */
async function expectIndexes(work: () => PromiseLike<unknown>, ...names: string[]): Promise<void> {
  const plans = await plansOf(work)
  expect(plans).not.toEqual([])
  for (const plan of plans) {
    expect(plan).toMatch(/Index (Only )?Scan/)
    expect(plan).not.toMatch(new RegExp(`Seq Scan on (${GROWN})\\b`))
  }
  for (const name of names) expect(plans.join('\n')).toMatch(new RegExp(`Index .*\\b${name}\\b`))
}

const cursorOf = (i: string) =>
  Buffer.from(JSON.stringify({ t: (Date.now() - 3_600_000) * 1000, i })).toString('base64url')

describe('a page of a log is found by an index', () => {
  const page = (query: Partial<LogQuery>) => () =>
    readLog(database.orm, run, { limit: 100, maxBytes: 1e6, lastSeq: LAST_SEQ, ...query })

  test.each<[string, Partial<LogQuery>]>([
    ['the first', {}],
    ['one after an entry', { after: 15_000 }],
    ['one before an entry', { before: 15_000 }],
    ['one at an offset', { offset: 15_000 }],
    ['one before an entry at an offset', { before: 18_000, offset: 15_000 }],
    ['a common type', { logType: 'text' }],
  ])('%s', async (_, query) => {
    await expectIndexes(page(query), 'log_entries_run_id_seq_pk')
  })

  test('one behind the end, which also asks where the log begins', async () => {
    await expectIndexes(page({ after: LAST_SEQ }), 'log_entries_run_id_seq_pk', 'log_heads_pkey')
  })

  test.each<[string, Partial<LogQuery>]>([
    ['the first of a rare type', {}],
    ['of a rare type after an entry', { after: 5_000 }],
    ['of a rare type before an entry', { before: 15_000 }],
    ['of a rare type at an offset', { offset: 20 }],
  ])('%s', async (_, query) => {
    await expectIndexes(page({ logType: 'error', ...query }), 'log_entries_by_type')
  })
})

describe('a search of a log goes by indexes, for the signatures as for the entries', () => {
  test.each<[string, Partial<LogSearch>]>([
    ['from the start', {}],
    ['after an entry', { after: 15_000 }],
    ['before an entry', { before: 15_000 }],
    ['at an offset', { offset: 3 }],
    ['of one type', { logType: 'text' }],
  ])('%s', async (_, search) => {
    const all = { words: 'needle', limit: 2, maxBytes: 1e6, lastSeq: LAST_SEQ, budgetMs: 1e9, ...search }
    const indexes = ['log_signatures_run_id_shard_block_pk', 'log_heads_pkey', 'log_entries_run_id_seq_pk']
    await expectIndexes(() => searchLog(database.orm, run, all), ...indexes)
  })
})

describe('a list is found by an index', () => {
  const ref = () => ({ workspaceId, runId: run.id })

  test('the attempts of a run', async () => {
    await expectIndexes(() => findAttempts(database.orm, ref()), 'attempts_number_key')
  })

  test.each([
    ['the first page', { after: 0 }],
    ['a page after an event', { after: 20_000 }],
    ['a page at an offset', { after: 0, offset: 250 }],
  ])('the history of a run: %s', async (_, page) => {
    await expectIndexes(() => findTransitions(database.orm, ref(), { limit: 50, ...page }), 'events_of_run')
  })

  test('the triggers of a definition', async () => {
    await expectIndexes(() => listTriggers(database.orm, workspaceId, blueprintId), 'triggers_of_blueprint')
  })

  // Thousands into the secrets of one scope Postgres would rather read and sort them all.
  test.each([
    ['the first page', {}],
    ['a page after a cursor', { cursor: cursorOf(randomUUID()) }],
    ['a page at an offset', { offset: 200 }],
  ])('the secrets of any scope or of one: %s', async (_, page) => {
    const places = [
      undefined,
      { scope: 'global' as const, repositoryId: null, userId: null },
      { scope: 'repository' as const, repositoryId, userId: null },
      { scope: 'user' as const, repositoryId: null, userId: 'local' },
    ]
    for (const place of places) {
      const list = () => listSecretsQuery(database.orm, workspaceId, 'local', { limit: 50, place, ...page })
      await expectIndexes(list, 'secrets_newest')
    }
  })

  test.each([
    ['the first page', {}],
    ['a page after a cursor', { cursor: cursorOf('d3600') }],
    ['a page at an offset', { offset: 10_000 }],
  ])('the deliveries of GitHub for all repositories or for one: %s', async (_, page) => {
    const all = { limit: 50, ...page }
    await expectIndexes(() => listDeliveries(database, workspaceId, all), 'webhook_deliveries_newest')
    const ofOne = () => listDeliveries(database, workspaceId, { ...all, repoId: repositoryId })
    await expectIndexes(ofOne, 'webhook_deliveries_of_repository')
  })
})
