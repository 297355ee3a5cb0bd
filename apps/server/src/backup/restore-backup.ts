import { mkdir } from 'node:fs/promises'
import { OptioError } from '@optio/contract'
import { diskSpace } from '@optio/runtimes'
import type { Config } from '../config.ts'
import type { Database } from '../database/connection.ts'
import { migrateDatabase, migrateUpTo, requireKnown } from '../database/migrate.ts'
import { readMasterKeys } from '../secrets/master-key.ts'
import type { Manifest } from './manifest.ts'
import { openDatabase } from './open-database.ts'
import { KNOWN_TABLES } from './our-tables.ts'
import { type Checked, checkBackup, readBackup } from './read-backup.ts'
import { Rows } from './rows.ts'
import { MIGRATIONS, quote } from './tables.ts'
import { damaged } from './tar-format.ts'
import { Incoming, requireEmptyDirectory } from './write-place.ts'

const quiet = { info() {}, warn() {}, error() {} }

/** Room that has to be left when everything is in its place. */
const SPARE_BYTES = 256 * 1024 ** 2

/**
 * Brings a backup into an empty installation: its database, embedded or not, becomes what it was, in the form the backup has it, and is
 * then brought up to date. All of the file is checked before anything is changed, and what fails half way is taken back.
 * Throws BACKUP for a file that is not whole, CONFLICT when the installation is not empty, DATA_DIR_IN_USE while an Optio runs there,
 * MIGRATION when a newer Optio made it.
 */
export async function restoreBackup(
  config: Pick<Config, 'dataDir' | 'databaseUrl'> & Partial<Pick<Config, 'encryptionKey'>>,
  file: string,
  say: (line: string) => void,
): Promise<void> {
  const checked = await checkBackup(file)
  say(`The file is whole: a backup of ${checked.manifest.createdAt}, by Optio ${checked.manifest.version}.`)
  if (checked.unread > 0)
    say(`Files of agents are missing: ${checked.unread} could not be read when it was made.`)
  requireKnown(checked.manifest.migrations)
  requireOurTables(checked.manifest)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  await requireEmptyDirectory(config.dataDir, checked.top)
  await requireSpace(config, checked)
  const opened = await openDatabase(config, { alone: true })
  try {
    await requireEmpty(opened.database)
    await clear(opened.database)
    await migrateUpTo(opened.database, quiet, checked.manifest.migrations)
    await fill(opened.database, config.dataDir, file, checked)
    say('Database and files are in their place.')
    const { applied } = await migrateDatabase(opened.database, quiet)
    if (applied > 0) say(`Brought the database up to date: ${applied} migrations.`)
    const missing = await missingKey(opened.database, config)
    if (missing !== null) say(missing)
  } finally {
    await opened.close()
  }
}

/** What is to be done about the key of the secrets that were restored; null when it is there, or nothing is encrypted. */
async function missingKey(
  { pool }: Database,
  { dataDir, encryptionKey = null }: Pick<Config, 'dataDir'> & Partial<Pick<Config, 'encryptionKey'>>,
): Promise<string | null> {
  const needed = await pool.query<{ id: string }>(
    `select distinct k.master_id as id from encryption_keys k
     where exists (select from secrets where key_id = k.id) or exists (select from triggers where secret_key_id = k.id)`,
  )
  const { place, keys } = await readMasterKeys({ variable: encryptionKey, dataDir })
  const isThere = needed.rows.every(({ id }) => keys.some((key) => key.id === id))
  if (isThere) return null
  return `Its secrets are encrypted with a key that is not here: bring the one of the installation it was made of to ${place} before the first start.`
}

/** The database may have tables of others beside ours, which no backup may empty or fill. */
export function requireOurTables({ tables }: Pick<Manifest, 'tables'>): void {
  const foreign = tables.find(({ name }) => !KNOWN_TABLES.has(name))
  if (foreign !== undefined)
    throw damaged(`it has a table ${JSON.stringify(foreign.name)}, which Optio has not`)
}

/** An embedded database is on the same disk, and takes about twice the bytes of its rows: with indexes, and with what it logs. */
async function requireSpace(
  { dataDir, databaseUrl }: Pick<Config, 'dataDir' | 'databaseUrl'>,
  { fileBytes, rowBytes }: Checked,
): Promise<void> {
  const { freeBytes } = await diskSpace(dataDir)
  const needed = fileBytes + (databaseUrl === null ? 2 * rowBytes : 0)
  if (freeBytes >= needed + SPARE_BYTES) return
  throw new OptioError(
    'DISK_FULL',
    `What is in the backup takes ${Math.ceil(needed / 1024 ** 2)} MiB, and ${dataDir} has room for ${Math.floor(freeBytes / 1024 ** 2)} MiB. Make room, or choose another OPTIO_DATA_DIR.`,
  )
}

/** Empty: nothing was ever connected or asked for, and nobody works with it. */
async function requireEmpty(database: Database): Promise<void> {
  const inUse = async (query: string) => {
    const { rows } = await database.pool.query<{ found: boolean }>(query)
    return rows[0]?.found === true
  }
  const there = await inUse(`select to_regclass('public.runs') is not null as found`)
  if (!there) return
  if (await inUse('select exists (select from runs) or exists (select from repositories) as found')) {
    throw new OptioError(
      'CONFLICT',
      'This installation has repositories or tasks: a backup is only brought into an empty one. Choose another OPTIO_DATA_DIR or DATABASE_URL.',
    )
  }
  const holdsSecrets =
    (await inUse(`select to_regclass('public.secrets') is not null as found`)) &&
    (await inUse('select exists (select from secrets) as found'))
  if (holdsSecrets) {
    throw new OptioError(
      'CONFLICT',
      'This installation has secrets: a backup is only brought into an empty one. Delete them, or choose another OPTIO_DATA_DIR or DATABASE_URL.',
    )
  }
  if (
    await inUse(
      `select exists (select from processes where heartbeat_at > now() - interval '1 minute') as found`,
    )
  ) {
    throw new OptioError(
      'CONFLICT',
      'An Optio works with this database. Stop it (`optio stop`), and wait a minute if it was killed.',
    )
  }
}

/** Functions that migrations make: dropping the tables leaves them behind. */
const OUR_FUNCTIONS = ['words_of', 'keep_deleted_dependency']

/** An empty installation may have a newer form than the backup: its tables go, with their functions, and are made anew in the form of the backup. */
async function clear(database: Database): Promise<void> {
  const names = [...KNOWN_TABLES, MIGRATIONS].map(quote).join(', ')
  await database.pool.query(`drop table if exists ${names} cascade`)
  const { rows } = await database.pool.query<{ signature: string }>(
    `select oid::regprocedure::text as signature from pg_proc
     where pronamespace = 'public'::regnamespace and proname = any($1)`,
    [OUR_FUNCTIONS],
  )
  for (const { signature } of rows) await database.pool.query(`drop function if exists ${signature} cascade`)
}

async function fill(database: Database, dataDir: string, file: string, { manifest }: Checked): Promise<void> {
  const incoming = new Incoming(dataDir)
  const client = await database.dedicated('restore')
  try {
    await incoming.begin()
    await client.query('begin')
    const rows = new Rows(client, manifest)
    await rows.empty()
    await readBackup(file, {
      manifest: async () => undefined,
      part: async (part) => {
        if (part.kind === 'rows') return await rows.add(part.table, part.content)
        await rows.finish()
        await incoming.add(part)
      },
    })
    await rows.finish()
    await rows.setSequences()
    if (manifest.pausedForBackup)
      await client.query('update installation set paused_at = null, paused_by = null, pause_reason = null')
    await incoming.settle()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    await incoming.undo()
    throw error
  } finally {
    await client.end()
  }
}
