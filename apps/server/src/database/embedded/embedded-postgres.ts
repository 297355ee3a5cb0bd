import { mkdir, readdir, readFile, realpath, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OptioError } from '@optio/contract'
import { type ClaimHolder, claimExclusively, type ExclusiveClaim } from '../../platform/exclusive-claim.ts'
import { isRunning } from '../../platform/process-identity.ts'
import { isConnectionError } from '../errors.ts'
import type { DatabaseLog } from '../log.ts'
import { type Binaries, usableBinaries } from './binaries.ts'
import { explainSystemError, LockedCluster, NoSocketHere } from './failure.ts'
import { boundLog, initializeCluster, launchServer, logOf } from './launch.ts'
import { type Location, locate, makeSocketDirectory } from './location.ts'
import {
  clearDeadServer,
  findPostmaster,
  isCurrent,
  readPostmasterFile,
  stopPostmaster,
} from './postmaster.ts'
import { answers, provideDatabase, type SocketConnection } from './provision.ts'
import { postgresArguments, SOCKET_PORT } from './settings.ts'

export interface EmbeddedPostgresOptions {
  /** Optio's data directory; the database is in `postgres` below it, or recorded there. Made when missing. */
  readonly dataDir: string
  readonly log: DatabaseLog
  /** Server settings that differ from the usual ones (tests). */
  readonly settings?: Readonly<Record<string, string>>
  /** Directory of the npm package with the programs, instead of the installed one. */
  readonly packageDirectory?: string
  /** Where a cluster may go that the server's account cannot reach in the data directory. */
  readonly elsewhere?: readonly string[]
}

export interface EmbeddedPostgres {
  /** How to connect: a unix socket whose directory admits only the server's account and root. */
  readonly connection: SocketConnection
  /** True when a server was found running (its Optio was killed) and taken over. */
  readonly adopted: boolean
  /** The server's process now. */
  readonly pid: number
  /** Ends the server and gives the data directory free; resolves when none of its processes is left. Idempotent. */
  stop(): Promise<void>
}

/** How often a running server is looked after: one that was killed, or asked to end, is started again. */
const WATCH_MS = 1_000
/** For how long a start goes on when it meets locks of a server that is just ending. */
const START_MS = 60_000

interface Running {
  readonly pid: number
  readonly connection: SocketConnection
  readonly adopted: boolean
}

/**
 * Starts the embedded Postgres of a data directory, or adopts the one that a killed Optio left running.
 *
 * The server lives in a session of its own and survives this process; one Optio at a time may use it.
 * Throws DATA_DIR_IN_USE when another process has it, DISK_FULL, or DATABASE_START with what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
    const dataDir = await realpath(options.dataDir)
    const location = await locate(dataDir, options.elsewhere)
    const claim = await claimDataDirectory(dataDir, location)
    try {
      return await start(location, claim, options)
    } catch (error) {
      await claim.release()
      throw error
    }
  } catch (error) {
    throw explainSystemError(error, options.dataDir)
  }
}

async function claimDataDirectory(dataDir: string, location: Location): Promise<ExclusiveClaim> {
  const result = await claimExclusively(join(location.root, 'claim'), {
    // A container that shares this directory: its server answers as long as it lives.
    livesElsewhere: async () => {
      const file = await readPostmasterFile(location.cluster)
      return file !== null && answers(file.socketDirectory)
    },
  })
  if (result.claimed) return result.claim
  throw inUse(dataDir, result.holder)
}

function inUse(dataDir: string, holder: ClaimHolder): OptioError {
  return new OptioError(
    'DATA_DIR_IN_USE',
    `Optio already runs on ${dataDir}: process ${holder.pid}, since ${holder.since}. Use that one, end it (\`kill ${holder.pid}\`), or give this one another OPTIO_DATA_DIR. Several Optios on one machine work together with DATABASE_URL.`,
    { details: { pid: holder.pid, since: holder.since } },
  )
}

async function start(
  location: Location,
  claim: ExclusiveClaim,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { log } = options
  const binaries = await usableBinaries(location.root, location.account, options.packageDirectory)
  let running = await ensureRunning(location, binaries, options)
  log.info(
    { pid: running.pid, cluster: location.cluster },
    running.adopted ? 'Took over the database that was left running.' : 'Started the embedded database.',
  )
  await removeOldCopies(location.root, binaries).catch(() => undefined)

  let stopping: Promise<void> | undefined
  let restarting: Promise<void> | undefined
  let looked = 0
  /** Whether it takes no new session any more: after SIGTERM it waits for those there are, which are ours and do not end. */
  const isStopping = async () => {
    const file = await readPostmasterFile(location.cluster)
    return file?.pid === running.pid && file.status === 'stopping'
  }
  const lookAfter = async () => {
    if (isRunning(running.pid)) {
      if (!(await isStopping()) || stopping !== undefined) return
      await stopPostmaster(location.cluster, running.pid, location.account)
    }
    log.error({ pid: running.pid }, 'The embedded database was ended from outside. Starting it again.')
    running = await ensureRunning(location, binaries, options)
  }
  const watch = setInterval(() => {
    looked += 1
    if (looked % 60 === 0) boundLog(logOf(location.root)).catch(() => undefined)
    if (restarting !== undefined || stopping !== undefined) return
    restarting = lookAfter()
      .catch((error: unknown) => {
        log.error({ err: error }, 'The embedded database could not be started again. Trying further.')
      })
      .finally(() => {
        restarting = undefined
      })
  }, WATCH_MS)
  watch.unref()

  const stop = async () => {
    clearInterval(watch)
    await restarting
    await stopPostmaster(location.cluster, running.pid, location.account)
    const { host } = running.connection
    if (host !== join(location.root, 'run')) await rmdir(host).catch(() => undefined)
    await claim.release()
    log.info({ pid: running.pid }, 'Stopped the embedded database.')
  }
  return {
    connection: running.connection,
    adopted: running.adopted,
    get pid() {
      return running.pid
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}

/** Brings a server about, whatever is there: a running one is adopted, a dead one cleared away, a missing cluster made. */
async function ensureRunning(
  location: Location,
  binaries: Binaries,
  options: EmbeddedPostgresOptions,
): Promise<Running> {
  const { cluster, account, root } = location
  await checkVersion(cluster, binaries)
  const end = performance.now() + START_MS
  let avoidRoot = false
  for (;;) {
    const adopted = await adopt(location, binaries, options)
    if (adopted !== null) return adopted
    const socketDirectory = await makeSocketDirectory(location, avoidRoot)
    if (await clusterExists(cluster)) await clearDeadServer(cluster, socketDirectory, account)
    else {
      const durable = options.settings?.fsync !== 'off'
      await initializeCluster(binaries, cluster, account, logOf(root), durable)
    }
    try {
      const args = postgresArguments(cluster, socketDirectory, options.settings)
      const pid = await launchServer(binaries, args, { cluster, account, log: logOf(root) })
      const connection = await provideDatabase(socketDirectory).catch(async (error: unknown) => {
        await stopPostmaster(cluster, pid, account)
        throw error
      })
      return { pid, connection, adopted: false }
    } catch (error) {
      const again =
        (error instanceof LockedCluster && performance.now() < end) ||
        (error instanceof NoSocketHere && !avoidRoot)
      if (!again) throw error
      avoidRoot ||= error instanceof NoSocketHere
      await sleep(20)
    }
  }
}

/** Takes over a server that runs, when it is what would be started now; else ends it. Null when none runs any more. */
async function adopt(
  location: Location,
  binaries: Binaries,
  options: EmbeddedPostgresOptions,
): Promise<Running | null> {
  const { cluster, account } = location
  for (const end = performance.now() + START_MS; performance.now() < end; await sleep(20)) {
    const found = await findPostmaster(cluster, account)
    if (found === null) return null
    if (found.status !== 'ready') continue // starting, recovering or stopping
    const args = postgresArguments(cluster, found.socketDirectory, options.settings)
    const usable =
      found.port === SOCKET_PORT &&
      (await isCurrent(cluster, found.pid, binaries.postgres, args)) &&
      (await answers(found.socketDirectory))
    if (!usable) {
      options.log.info({ pid: found.pid }, 'Ending a database server of another version or configuration.')
      await stopPostmaster(cluster, found.pid, account)
      return null
    }
    try {
      return { pid: found.pid, connection: await provideDatabase(found.socketDirectory), adopted: true }
    } catch (error) {
      // It began to shut down just now.
      if (!isConnectionError((error as Error).cause)) throw error
    }
  }
  throw new OptioError(
    'DATABASE_START',
    `A database server in ${cluster} is neither ready nor gone after ${START_MS / 1000} s. See ${logOf(location.root)}; end it, or start Optio again later.`,
  )
}

const clusterExists = (cluster: string): Promise<boolean> =>
  readdir(cluster).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )

async function checkVersion(cluster: string, binaries: Binaries): Promise<void> {
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => null)
  if (version === null || Number.parseInt(version, 10) === binaries.major) return
  throw new OptioError(
    'DATABASE_START',
    `The database in ${cluster} was made by Postgres ${version.trim()}; this Optio brings Postgres ${binaries.major}. Use the Optio that made it, or run Postgres ${version.trim()} yourself and set DATABASE_URL.`,
  )
}

/** Copies of programs that an earlier version of Optio needed. */
async function removeOldCopies(root: string, binaries: Binaries): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith('native-') || binaries.postgres.startsWith(join(root, name, 'bin'))) continue
    await rm(join(root, name), { recursive: true, force: true })
  }
}
