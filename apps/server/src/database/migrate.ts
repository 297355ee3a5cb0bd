import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OptioError } from '@optio/contract'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { Logger, runMigrations } from 'graphile-worker'
import type pg from 'pg'
import type { Database } from './connection.ts'
import { explainDatabaseError, sqlState } from './errors.ts'
import type { DatabaseLog } from './log.ts'

/** The migrations of this program: next to `src` and `dist`, since the compiler copies no SQL. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))

/** Where drizzle notes what it has done. In a schema of our own name: the database may hold other programs' tables too. */
const MIGRATIONS_TABLE = { migrationsSchema: 'public', migrationsTable: 'optio_migrations' } as const

/** Any number that nobody else takes: "optio" in ASCII. */
const MIGRATION_LOCK = 0x6f_70_74_69_6f

interface KnownMigration {
  readonly hash: string
  /** Time of its making in milliseconds: what drizzle orders and recognises migrations by. */
  readonly made: number
}

/**
 * Brings the tables of Optio and of graphile-worker up to date. Forward only. Any number of processes may do so at once: one works
 * and the others wait for it. Throws MIGRATION when the database is newer than this program or has another history.
 *
 * The lock is one of a transaction that is held open on a connection of its own, not one of a session, so that it also holds, and never
 * stays behind, when the database is behind a pooler that hands sessions around.
 *
 * @returns how many migrations of Optio were applied.
 */
export async function migrateDatabase(
  database: Database,
  log: DatabaseLog,
  folder: string = MIGRATIONS_FOLDER,
): Promise<{ applied: number }> {
  const known = knownMigrations(folder)
  const lock = await database.dedicated('migration')
  const worker = await database.dedicated('migration').catch(async (error: unknown) => {
    await lock.end()
    throw error
  })
  try {
    await lock.query('begin')
    await lock.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    const before = await appliedMigrations(worker)
    refuseOtherHistory(before, known)
    await migrate(drizzle(worker), { migrationsFolder: folder, ...MIGRATIONS_TABLE })
    const after = await appliedMigrations(worker)
    if (after.length !== known.length) {
      throw new OptioError(
        'MIGRATION',
        `The database has ${after.length} of ${known.length} migrations after migrating. Update Optio, and report this.`,
      )
    }
    await migrateWorker(database, log)
    await lock.query('commit')
    const applied = after.length - before.length
    if (applied > 0) log.info({ applied, total: after.length }, 'Brought the database up to date.')
    return { applied }
  } catch (error) {
    throw explainMigrationFailure(error)
  } finally {
    await Promise.allSettled([lock.end(), worker.end()])
  }
}

/** How many migrations the database has, and how many this program knows. Changes nothing. */
export async function migrationState(database: Database): Promise<{ applied: number; known: number }> {
  const client = await database.pool.connect()
  try {
    return {
      applied: (await appliedMigrations(client)).length,
      known: knownMigrations(MIGRATIONS_FOLDER).length,
    }
  } finally {
    client.release()
  }
}

/** Reads the migrations of a folder. Drizzle skips, silently, one that is older than the last applied: so they must be in order. */
function knownMigrations(folder: string): KnownMigration[] {
  const known = readMigrationFiles({ migrationsFolder: folder }).map(({ hash, folderMillis }) => ({
    hash,
    made: folderMillis,
  }))
  const unordered = known.some((migration, i) => i > 0 && migration.made <= (known[i - 1]?.made ?? 0))
  if (unordered) {
    throw new OptioError(
      'MIGRATION',
      `The times ("when") in ${folder}/meta/_journal.json do not rise: a later migration would be skipped. Generate the last one again.`,
    )
  }
  return known
}

/** The migrations a database has, the first one first. */
export async function appliedMigrations(client: pg.ClientBase): Promise<KnownMigration[]> {
  const name = `${MIGRATIONS_TABLE.migrationsSchema}.${MIGRATIONS_TABLE.migrationsTable}`
  const exists = await client.query<{ found: string | null }>('select to_regclass($1)::text as found', [name])
  if (exists.rows[0]?.found == null) return []
  const { rows } = await client.query<KnownMigration>(
    `select hash, created_at as made from ${name} order by created_at`,
  )
  return rows
}

/**
 * Brings an empty database into the form that the given migrations make, which are the first ones of this program or all. Throws
 * MIGRATION when this program does not know them.
 */
export async function migrateUpTo(
  database: Database,
  log: DatabaseLog,
  given: readonly KnownMigration[],
): Promise<void> {
  requireKnown(given)
  const journal = JSON.parse(await readFile(join(MIGRATIONS_FOLDER, 'meta', '_journal.json'), 'utf8')) as {
    entries: { tag: string }[]
  }
  const entries = journal.entries.slice(0, given.length)
  const folder = await mkdtemp(join(tmpdir(), 'optio-migrations-'))
  try {
    await mkdir(join(folder, 'meta'))
    await writeFile(join(folder, 'meta', '_journal.json'), JSON.stringify({ ...journal, entries }))
    for (const { tag } of entries) {
      await copyFile(join(MIGRATIONS_FOLDER, `${tag}.sql`), join(folder, `${tag}.sql`))
    }
    await migrateDatabase(database, log, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Throws MIGRATION when the program does not know what was applied. */
export function requireKnown(given: readonly KnownMigration[]): void {
  refuseOtherHistory(given, knownMigrations(MIGRATIONS_FOLDER))
}

function refuseOtherHistory(applied: readonly KnownMigration[], known: readonly KnownMigration[]): void {
  for (const [i, done] of applied.entries()) {
    const expected = known[i]
    if (expected?.made === done.made && expected.hash === done.hash) continue
    const newer = expected === undefined
    throw new OptioError(
      'MIGRATION',
      newer
        ? `The database is newer than this Optio: it has ${applied.length} migrations, this Optio knows ${known.length}. Update Optio; a database is never taken back.`
        : `The database has another history than this Optio from migration ${i + 1} on: it was made by another build. Use that build, or another database (OPTIO_DATA_DIR or DATABASE_URL).`,
      { details: { applied: applied.length, known: known.length } },
    )
  }
}

/** graphile-worker's own tables. */
async function migrateWorker(database: Database, log: DatabaseLog): Promise<void> {
  const logger = new Logger(() => (level, message) => {
    if (level === 'error') log.error({}, message)
    else if (level === 'warning') log.warn({}, message)
  })
  const exitCode = process.exitCode
  try {
    await runMigrations({ pgPool: database.pool, logger })
  } catch (error) {
    // It sets the exit code of the process by itself.
    process.exitCode = exitCode
    if (!/schema revision/.test((error as Error).message)) throw error
    throw new OptioError(
      'MIGRATION',
      `The job queue in the database is newer than this Optio: ${(error as Error).message}. Update Optio.`,
      { cause: error },
    )
  }
}

function explainMigrationFailure(error: unknown): unknown {
  if (sqlState(error) === '42501') {
    return new OptioError(
      'MIGRATION',
      `The database user may not make tables (${(error as Error).message}). As an administrator: \`grant create on database <name> to <user>; grant create on schema public to <user>\`.`,
      { cause: error },
    )
  }
  const explained = explainDatabaseError(error)
  if (explained !== null) return explained
  return new OptioError(
    'MIGRATION',
    `The database could not be brought up to date: ${(error as Error).message}. It is as it was before; nothing was lost.`,
    { cause: error },
  )
}
