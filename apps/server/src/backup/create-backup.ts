import { createWriteStream } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { cutText, OptioError, showControls } from '@optio/contract'
import { createLocalWorkspaces, type Workspaces } from '@optio/runtimes'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { Config } from '../config.ts'
import { appliedMigrations } from '../database/migrate.ts'
import { VERSION } from '../version.ts'
import { isUnreadable, type Unread, wantedOf, writeFiles } from './files.ts'
import { type End, type Manifest, NAMES } from './manifest.ts'
import { openDatabase } from './open-database.ts'
import { KNOWN_TABLES } from './our-tables.ts'
import { columnList, ourTables, quote, type Table } from './tables.ts'
import { TarWriter } from './tar-writer.ts'

/** Rows are written in pieces of about this size: the length of an entry has to be known before its content. */
const PIECE_BYTES = 4 * 1024 ** 2

export interface BackupSummary {
  readonly file: string
  /** Of the file. */
  readonly bytes: number
  readonly rows: number
  readonly entries: number
  /** Of agents, and not in the backup. */
  readonly unread: Unread
}

export interface BackupOptions {
  readonly file: string
  readonly pausedForBackup: boolean
  /** The key of secrets too: then whoever has the file has all of them. Left out: without. */
  readonly withKey?: boolean
  readonly say: (line: string) => void
  readonly signal?: AbortSignal
}

/**
 * Writes database and data directory, and the key of secrets where that is asked for, into one file, also while Optio works. The tables are those of one moment; the files are read
 * after it, so that they are never behind the tables: an agent's output reaches at least as far as the offset that is noted, and every
 * commit that is noted is in its repository.
 * Throws CONFLICT when the file exists.
 */
export async function createBackup(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  options: BackupOptions,
): Promise<BackupSummary> {
  const { file, say } = options
  await claimFile(file)
  try {
    const opened = await openDatabase(config, { alone: false })
    try {
      const client = await opened.database.dedicated('backup')
      try {
        const summary = await write(client, config.dataDir, options)
        return { file, bytes: (await stat(file)).size, ...summary }
      } finally {
        await client.end()
      }
    } finally {
      await opened.close()
    }
  } catch (error) {
    await rm(file, { force: true })
    say('Nothing is left of the file that was begun.')
    throw error
  }
}

/** Makes the file for its owner only: it holds everything there is. */
async function claimFile(file: string): Promise<void> {
  try {
    await (await open(file, 'wx', 0o600)).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new OptioError('CONFLICT', `${file} exists. Name a new file: a backup overwrites nothing.`)
    }
    throw new OptioError('CONFIG', `${file} cannot be made in ${dirname(file)}: ${(error as Error).message}`)
  }
}

async function write(
  client: pg.Client,
  dataDir: string,
  { file, say, pausedForBackup, withKey = false, signal }: BackupOptions,
): Promise<Pick<BackupSummary, 'rows' | 'entries' | 'unread'>> {
  // Speed before size: what takes most room, git's objects, is compressed already.
  const gzip = createGzip({ level: 1 })
  const flowing = pipeline(gzip, createWriteStream(file, { flags: 'r+', mode: 0o600 }), {
    ...(signal ? { signal } : {}),
  })
  const tar = new TarWriter(gzip)
  const now = Math.floor(Date.now() / 1000)
  const written = (async () => {
    // The first query takes the snapshot that every other sees.
    await client.query('begin transaction isolation level repeatable read read only')
    const migrations = await appliedMigrations(client)
    const tables = await ourTables(client, KNOWN_TABLES)
    if (migrations.length === 0)
      throw new OptioError('CONFIG', 'There is no Optio in this database: nothing to back up.')
    const manifest: Manifest = {
      format: 1,
      program: 'optio',
      version: VERSION,
      createdAt: new Date().toISOString(),
      migrations,
      tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
      pausedForBackup,
    }
    await tar.addBytes(NAMES.manifest, Buffer.from(JSON.stringify(manifest, null, 1)), now)
    const rows: Record<string, number> = {}
    for (const table of tables) rows[table.name] = await writeTable(tar, client, table, now)
    const kept = await keptRuns(client, dataDir)
    await client.query('commit')
    say(`Copied the database: ${sum(rows)} rows.`)
    const unread = await writeFiles(tar, dataDir, wantedOf(kept, { withKey }))
    if (unread.count > 0) say(sentenceOf(unread))
    const end: End = {
      sha256: tar.digest(),
      entries: tar.entries,
      bytes: tar.bytes,
      rows,
      unread: unread.count,
    }
    await tar.addBytes(NAMES.end, Buffer.from(JSON.stringify(end)), now)
    await tar.end()
    return { rows: sum(rows), entries: tar.entries, unread }
  })()
  // Whichever fails first ends the other: the disk that is full, or the database that went away.
  written.catch((error: unknown) => gzip.destroy(error as Error))
  const [summary] = await Promise.all([written, flowing])
  return summary
}

async function writeTable(tar: TarWriter, client: pg.Client, table: Table, mtime: number): Promise<number> {
  const copy = client.query(copyTo(`copy ${quote(table.name)} (${columnList(table)}) to stdout`))
  let pieces: Uint8Array[] = []
  let size = 0
  let number = 0
  const flush = async () => {
    if (size === 0) return
    number += 1
    const name = `${NAMES.database}${table.name}/${String(number).padStart(6, '0')}`
    await tar.addBytes(name, Buffer.concat(pieces), mtime)
    pieces = []
    size = 0
  }
  for await (const chunk of copy as AsyncIterable<Uint8Array>) {
    pieces.push(chunk)
    size += chunk.length
    if (size >= PIECE_BYTES) await flush()
  }
  await flush()
  return copy.rowCount
}

/** Runs whose environments are copied: all but those that are completed and hold nothing that exists only there. */
async function keptRuns(client: pg.Client, dataDir: string): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string; state: string }>('select id, state from runs')
  const workspaces = createLocalWorkspaces({ dataDir })
  const present = new Set(await readdir(join(dataDir, 'environments')).catch(() => []))
  const kept = new Set<string>()
  for (const { id, state } of rows) {
    if (!present.has(id)) continue
    if (state !== 'completed' || (await mayHoldWork(workspaces, id))) kept.add(id)
  }
  return kept
}

/** What cannot be looked into may hold anything. */
async function mayHoldWork(workspaces: Workspaces, runId: string): Promise<boolean> {
  try {
    return await workspaces.holdsUnsavedWork(runId)
  } catch (error) {
    if (isUnreadable(error as NodeJS.ErrnoException)) return true
    throw error
  }
}

const LONGEST_SHOWN = 200

/** Names are an agent's: shown, and never obeyed by a terminal. */
export function sentenceOf({ count, first }: Unread): string {
  const names = first.map((path) => showControls(cutText(path, LONGEST_SHOWN))).join(', ')
  const more = count > first.length ? ` and ${count - first.length} more` : ''
  const what = count === 1 ? 'file could not be read and is' : 'files could not be read and are'
  return `${count} ${what} not in the backup (of a directory, nothing that is in it): ${names}${more}.`
}

function sum(rows: Readonly<Record<string, number>>): number {
  return Object.values(rows).reduce((total, count) => total + count, 0)
}
