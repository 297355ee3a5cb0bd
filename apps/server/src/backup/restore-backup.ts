import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { OptioError } from '@optio/contract'
import { diskSpace } from '@optio/runtimes'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Config } from '../config.ts'
import type { Database } from '../database/connection.ts'
import { migrateDatabase, migrateUpTo, requireKnown } from '../database/migrate.ts'
import type { Manifest } from './manifest.ts'
import { openDatabase } from './open-database.ts'
import { KNOWN_TABLES } from './our-tables.ts'
import { type Checked, checkBackup, readBackup } from './read-backup.ts'
import { columnList, MIGRATIONS, quote } from './tables.ts'
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
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  file: string,
  say: (line: string) => void,
): Promise<void> {
  const checked = await checkBackup(file)
  say(`The file is whole: a backup of ${checked.manifest.createdAt}, by Optio ${checked.manifest.version}.`)
  requireKnown(checked.manifest.migrations)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  await requireEmptyDirectory(config.dataDir, checked.top)
  await requireSpace(config.dataDir, checked)
  const opened = await openDatabase(config, { alone: true })
  try {
    await requireEmpty(opened.database)
    await clear(opened.database)
    await migrateUpTo(opened.database, quiet, checked.manifest.migrations)
    await fill(opened.database, config.dataDir, file, checked)
    say('Database and files are in their place.')
    const { applied } = await migrateDatabase(opened.database, quiet)
    if (applied > 0) say(`Brought the database up to date: ${applied} migrations.`)
  } finally {
    await opened.close()
  }
}

async function requireSpace(dataDir: string, { fileBytes }: Checked): Promise<void> {
  const { freeBytes } = await diskSpace(dataDir)
  if (freeBytes >= fileBytes + SPARE_BYTES) return
  throw new OptioError(
    'DISK_FULL',
    `The files of the backup take ${Math.ceil(fileBytes / 1024 ** 2)} MiB, and ${dataDir} has room for ${Math.floor(freeBytes / 1024 ** 2)} MiB. Make room, or choose another OPTIO_DATA_DIR.`,
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

/** An empty installation may have a newer form than the backup: its tables go, and are made anew in the form of the backup. */
async function clear(database: Database): Promise<void> {
  const names = [...KNOWN_TABLES, MIGRATIONS].map(quote).join(', ')
  await database.pool.query(`drop table if exists ${names} cascade`)
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

/** Rows on their way into the tables, one table after the other. */
class Rows {
  readonly #client: pg.Client
  readonly #manifest: Manifest
  #table = ''
  #copy: ReturnType<typeof copyFrom> | null = null

  constructor(client: pg.Client, manifest: Manifest) {
    this.#client = client
    this.#manifest = manifest
  }

  /** Migrations may have put rows into a new database; the backup has its own. */
  async empty(): Promise<void> {
    const names = this.#manifest.tables.map(({ name }) => quote(name))
    await this.#client.query(`truncate ${names.join(', ')}`)
  }

  async add(name: string, content: AsyncIterable<Buffer>): Promise<void> {
    const copy = this.#copy !== null && this.#table === name ? this.#copy : await this.#begin(name)
    for await (const piece of content) {
      if (!copy.write(piece)) await Promise.race([once(copy, 'drain'), failureOf(copy)])
    }
  }

  async #begin(name: string): Promise<ReturnType<typeof copyFrom>> {
    await this.finish()
    const table = this.#manifest.tables.find((each) => each.name === name)
    if (table === undefined) throw damaged('rows of a table it does not name')
    const copy = this.#client.query(copyFrom(`copy ${quote(name)} (${columnList(table)}) from stdin`))
    copy.on('error', () => undefined) // thrown where it is waited for
    this.#table = name
    this.#copy = copy
    return copy
  }

  async finish(): Promise<void> {
    const copy = this.#copy
    this.#copy = null
    if (copy === null) return
    const done = once(copy, 'finish')
    copy.end()
    await done
  }

  /** Numbers that the database gives go on where they were. */
  async setSequences(): Promise<void> {
    const { rows } = await this.#client.query<{ table: string; column: string }>(
      `select c.relname as table, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'public'::regnamespace and a.attidentity <> '' and c.relname = any($1)`,
      [this.#manifest.tables.map(({ name }) => name)],
    )
    for (const { table, column } of rows) {
      await this.#client.query(
        `select setval(pg_get_serial_sequence($1, $2), coalesce(max(${quote(column)}), 1), max(${quote(column)}) is not null) from ${quote(table)}`,
        [quote(table), column],
      )
    }
  }
}

async function failureOf(copy: ReturnType<typeof copyFrom>): Promise<never> {
  const [error] = await once(copy, 'error')
  throw error
}
