import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RUN_STATES } from '@optio/core'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { DEFAULT_WORKSPACE_ID } from '../../src/database/schema/index.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { quiet } from '../support/test-server.ts'

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))

/** Migrations of the version before there were other runs than those on a repository. */
const OLDER = 4

let folder: string
let scratch: TestDatabase
let database: Database

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optio-upgrade-'))
  await cp(MIGRATIONS, folder, { recursive: true })
  const file = join(folder, 'meta', '_journal.json')
  const journal = JSON.parse(await readFile(file, 'utf8')) as { entries: unknown[] }
  await writeFile(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, OLDER) }))
  scratch = await testDatabase({ empty: true })
  database = await scratch.open()
})
afterAll(async () => {
  await scratch.drop()
  await rm(folder, { recursive: true })
})

const rows = async <T extends object>(text: string, ...values: unknown[]): Promise<T[]> =>
  (await database.pool.query(text, values)).rows as T[]

test('an older database is brought up to date with its runs in every state, and none of them is another after that', async () => {
  await migrateDatabase(database, quiet, folder)
  const repositoryId = uuidv7()
  await rows(
    `insert into repositories (id, workspace_id, repo_url, git_platform, full_name, default_branch, max_turns_coding)
     values ($1, $2, 'file:///shop', 'local', 'test/shop', 'main', 20)`,
    ...[repositoryId, DEFAULT_WORKSPACE_ID],
  )
  const ids = RUN_STATES.map(() => uuidv7())
  for (const [at, state] of RUN_STATES.entries()) {
    const id = ids[at] ?? ''
    await rows(
      `insert into runs (id, workspace_id, kind, state, title, prompt, agent_type, created_by, repository_id, repo_url,
                         base_ref, branch, next_reason, attention_code, pr_number, intent)
       values ($1, $2, 'repo', $3, $4, 'Do it.', 'command', 'ann', $5, 'file:///shop', 'main', $6, 'first', $7, 7, $8)`,
      ...[id, DEFAULT_WORKSPACE_ID, state, `It is ${state}`, repositoryId, `optio/${state}`],
      ...[state === 'needs_attention' ? 'no_changes' : null, state === 'running' ? 'cancel' : null],
    )
    await rows(
      `insert into attempts (id, workspace_id, run_id, number, reason, host_id, agent_type, state, ended_at)
       values ($1, $2, $3, 1, 'first', 'here', 'claude-code', $4, case when $4 <> 'running' then now() end)`,
      ...[uuidv7(), DEFAULT_WORKSPACE_ID, id, state === 'running' ? 'running' : 'succeeded'],
    )
  }
  const [waiting, needed] = ids
  await rows(
    'insert into run_dependencies (workspace_id, run_id, depends_on_id) values ($1, $2, $3)',
    ...[DEFAULT_WORKSPACE_ID, waiting, needed],
  )
  const columns = 'id, state, version, title, intent, attention_code, pr_number, branch, updated_at'
  const before = await rows(`select ${columns} from runs order by id`)

  await migrateDatabase(database, quiet)

  expect(await rows(`select ${columns} from runs order by id`)).toEqual(before)
  expect(
    await rows(
      `select distinct kind, group_id, task_type, blocks_parent, held, parent_run_id, blueprint_id from runs`,
    ),
  ).toEqual([
    {
      ...{ kind: 'repo', group_id: repositoryId, task_type: 'coding', blocks_parent: false, held: false },
      ...{ parent_run_id: null, blueprint_id: null },
    },
  ])
  expect(await rows('select distinct takes_messages, input_closed_at from attempts')).toEqual([
    { takes_messages: false, input_closed_at: null },
  ])
  expect(
    await rows(
      'select review_enabled, review_trigger, max_review_rounds, max_turns_coding from repositories',
    ),
  ).toEqual([{ review_enabled: false, review_trigger: 'manual', max_review_rounds: 3, max_turns_coding: 20 }])

  // A dependency from before is one of now: it stays, with its title, when what was waited for is deleted.
  await rows('delete from runs where id = $1', needed)
  expect(await rows('select depends_on_id, deleted_title from run_dependencies')).toEqual([
    { depends_on_id: needed, deleted_title: `It is ${RUN_STATES[1]}` },
  ])
})
