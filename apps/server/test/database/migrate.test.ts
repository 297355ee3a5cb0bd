import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { asSuperuser, quiet } from '../support/test-server.ts'
import { runTypeScript } from '../support/typescript-process.ts'

let folders: string
let scratch: TestDatabase
let database: Database

beforeAll(async () => {
  folders = await mkdtemp(join(tmpdir(), 'optio-migrations-'))
})
afterAll(() => rm(folders, { recursive: true }))
beforeEach(async () => {
  scratch = await testDatabase({ empty: true })
  database = await scratch.open()
})
afterEach(() => scratch.drop())

const FIRST = 'create table one (id int primary key)'
/** Slow enough that processes that migrate at once do meet. */
const SECOND = 'create table two (id int primary key);--> statement-breakpoint\nselect pg_sleep(0.2)'

/** A folder as drizzle-kit writes it, with one migration for each text, made at `when` (its place, unless given). */
async function folderOf(
  name: string,
  migrations: readonly string[],
  when?: readonly number[],
): Promise<string> {
  const folder = join(folders, name)
  await mkdir(join(folder, 'meta'), { recursive: true })
  const entries = migrations.map((_, idx) => ({
    idx,
    version: '7',
    when: when?.[idx] ?? 1_000 + idx,
    tag: `000${idx}_step`,
    breakpoints: true,
  }))
  for (const [idx, sql] of migrations.entries()) await writeFile(join(folder, `000${idx}_step.sql`), sql)
  const journal = { version: '7', dialect: 'postgresql', entries }
  await writeFile(join(folder, 'meta', '_journal.json'), JSON.stringify(journal))
  return folder
}

async function tables(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select schemaname || '.' || tablename as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') and tablename not like '\\_private%' order by 1`,
  )
  return rows.map((row) => row.name)
}

test('migrations are applied once, in order, with those of the job queue', async () => {
  const first = await folderOf('one', [FIRST])
  const both = await folderOf('two', [FIRST, SECOND])
  expect(await migrateDatabase(database, quiet, first)).toEqual({ applied: 1 })
  expect(await migrateDatabase(database, quiet, both)).toEqual({ applied: 1 })
  expect(await migrateDatabase(database, quiet, both)).toEqual({ applied: 0 })
  expect(await tables()).toEqual(
    expect.arrayContaining([
      'public.one',
      'public.two',
      'public.optio_migrations',
      'graphile_worker.migrations',
    ]),
  )
})

test('three processes that migrate at once: one does it, all succeed', async () => {
  const folder = await folderOf('race', [FIRST, SECOND])
  const racing = Array.from({ length: 3 }, () => runTypeScript('migrate-database.ts', [scratch.url, folder]))
  const results = await Promise.all(racing.map((process) => process.next<{ applied: number }>()))
  expect(results.map((result) => result.applied).sort()).toEqual([0, 0, 2])
})

test('a database that is newer than the program is refused in words, and left as it is', async () => {
  await migrateDatabase(database, quiet, await folderOf('new', [FIRST, SECOND]))
  const before = await tables()
  await expect(migrateDatabase(database, quiet, await folderOf('old', [FIRST]))).rejects.toMatchObject({
    name: 'OptioError',
    code: 'MIGRATION',
    message: expect.stringMatching(/newer than this Optio.*Update Optio/s),
  })
  expect(await tables()).toEqual(before)
})

test('a database made by other migrations is refused in words', async () => {
  await migrateDatabase(database, quiet, await folderOf('mine', [FIRST, SECOND]))
  const other = await folderOf('other', [FIRST, 'create table three (id int)', 'create table four (id int)'])
  await expect(migrateDatabase(database, quiet, other)).rejects.toMatchObject({
    code: 'MIGRATION',
    message: expect.stringContaining('from migration 2 on'),
  })
})

test('a job queue that is newer than the program is refused, without an exit code of its own', async () => {
  const folder = await folderOf('queue', [FIRST])
  await migrateDatabase(database, quiet, folder)
  await database.pool.query('insert into graphile_worker.migrations (id, breaking) values (999999, true)')
  await expect(migrateDatabase(database, quiet, folder)).rejects.toMatchObject({
    code: 'MIGRATION',
    message: expect.stringContaining('job queue'),
  })
  expect(process.exitCode).toBeUndefined()
})

test('a migration that fails changes nothing, and the next attempt succeeds', async () => {
  const broken = await folderOf('broken', [FIRST, 'create table two (id int); select 1/0'])
  await expect(migrateDatabase(database, quiet, broken)).rejects.toMatchObject({
    code: 'MIGRATION',
    message: expect.stringContaining('division by zero'),
  })
  expect((await tables()).filter((name) => /one|two/.test(name))).toEqual([])
  expect(await migrateDatabase(database, quiet, await folderOf('mended', [FIRST, SECOND]))).toEqual({
    applied: 2,
  })
})

test('a migration that drizzle would skip, being dated before another, is refused', async () => {
  const folder = await folderOf('unordered', [FIRST, SECOND], [2_000, 1_000])
  await expect(migrateDatabase(database, quiet, folder)).rejects.toMatchObject({ code: 'MIGRATION' })
})

test('a database user who may not make tables is told what to grant', async () => {
  await asSuperuser(scratch.target, (client) =>
    client.query(`alter database ${scratch.target.database} owner to postgres`),
  )
  await expect(migrateDatabase(database, quiet, await folderOf('grant', [FIRST]))).rejects.toMatchObject({
    code: 'MIGRATION',
    message: expect.stringContaining('grant create on'),
  })
})

test('the migrations of this program give an empty database the tables of its schema', async () => {
  expect((await migrateDatabase(database, quiet)).applied).toBeGreaterThan(0)
  expect((await tables()).filter((name) => name.startsWith('public.')).length).toBeGreaterThan(2)
})
