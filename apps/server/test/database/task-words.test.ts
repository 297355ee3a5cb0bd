import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { appliedMigrations, migrateDatabase, migrateUpTo } from '../../src/database/migrate.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { quiet } from '../support/test-server.ts'

let scratch: TestDatabase
let current: TestDatabase
let database: Database
beforeAll(async () => {
  scratch = await testDatabase({ empty: true })
  current = await testDatabase()
  database = await scratch.open()
})
afterAll(() => Promise.all([scratch.drop(), current.drop()]))

test('tasks that were there before searches by words are found by them after the update', async () => {
  const client = await (await current.open()).dedicated('test')
  const all = await appliedMigrations(client)
  await client.end()
  await migrateUpTo(database, quiet, all.slice(0, 3))
  await database.pool.query(`
    with repository as (
      insert into repositories (id, workspace_id, repo_url, git_platform, full_name, default_branch)
      select gen_random_uuid(), id, '/nowhere', 'local', 'nowhere', 'main' from workspaces returning id, workspace_id
    )
    insert into runs (id, workspace_id, kind, state, title, prompt, agent_type, created_by, repository_id, branch)
    select gen_random_uuid(), workspace_id, 'repo', 'completed', 'Mend src/parser.ts', 'At length.', 'command', 'test', id, 'optio/x'
    from repository`)
  await migrateDatabase(database, quiet)
  const { rows } = await database.pool.query(
    `select title from run_words w join runs on id = run_id where words @@ to_tsquery('simple', 'pars:* & length')`,
  )
  expect(rows).toEqual([{ title: 'Mend src/parser.ts' }])
})
