import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Diagnosis, OptioError } from '@optio/contract'
import { connectDatabase, type Database, type DatabaseTarget } from '../../database/connection.ts'
import { embeddedPackage } from '../../database/embedded/binaries.ts'
import { runningEmbedded } from '../../database/embedded/running.ts'
import { migrationState } from '../../database/migrate.ts'
import { type Examine, problem, type Surroundings, warning, well } from './surroundings.ts'

const found = { id: 'database', area: 'database', title: 'Database' } as const
const quiet = { info() {}, warn() {}, error() {} }

/** A clock that is further off than this confuses deadlines and the order of what happened. */
const CLOCK_OFF_MS = 60_000

/** Looks through the connection that is there, and never starts an embedded database of its own. */
export const examineDatabase: Examine = async (surroundings) => {
  if (surroundings.server !== null) return await judge(surroundings.server.database, surroundings)
  const { databaseUrl, dataDir } = surroundings.config
  if (databaseUrl !== null) return await judgeThrough({ url: databaseUrl }, surroundings)
  const running = await runningEmbedded(dataDir)
  return running === null ? [await judgeStopped(dataDir)] : await judgeThrough(running, surroundings)
}

async function judgeThrough(target: DatabaseTarget, surroundings: Surroundings): Promise<Diagnosis[]> {
  let database: Database
  try {
    database = await connectDatabase({ target, log: quiet, poolSize: 1, applicationName: 'optio doctor' })
  } catch (error) {
    if (!(error instanceof OptioError)) throw error
    return [
      problem(
        { ...found, detail: error.message },
        'Mend what the message names; see docs/operations.md, “Database”.',
      ),
    ]
  }
  try {
    return await judge(database, surroundings)
  } finally {
    await database.close()
  }
}

async function judge(database: Database, { config }: Surroundings): Promise<Diagnosis[]> {
  const { rows } = await database.pool.query<{ version: string; now: Date }>(
    `select current_setting('server_version') as version, clock_timestamp() as now`,
  )
  const { applied, known } = await migrationState(database)
  const kind = config.databaseUrl === null ? 'embedded' : 'DATABASE_URL'
  const detail = `Postgres ${rows[0]?.version} (${kind}) answers; ${applied} of ${known} migrations are applied.`
  const clock = judgeClock(rows[0]?.now ?? new Date())
  if (applied > known) {
    return [
      problem(
        { ...found, detail: `${detail} It is newer than this Optio.` },
        'Update Optio: a database is never taken back.',
      ),
      clock,
    ]
  }
  if (applied < known) {
    return [
      warning(
        { ...found, detail },
        'Start Optio: it applies the others. Make a backup first (`optio backup`).',
      ),
      clock,
    ]
  }
  return [well({ ...found, detail }), clock]
}

function judgeClock(databaseTime: Date): Diagnosis {
  const subject = { id: 'clock', area: 'system', title: 'Clock' } as const
  const offMs = Math.abs(Date.now() - databaseTime.getTime())
  if (offMs < CLOCK_OFF_MS) return well({ ...subject, detail: 'It agrees with the database’s.' })
  const detail = `It differs from the database’s by ${Math.round(offMs / 1000)} s.`
  return warning(
    { ...subject, detail },
    'Let both machines set their clocks by NTP (`timedatectl set-ntp true`).',
  )
}

/** An embedded database that does not run: whether it could be started. */
async function judgeStopped(dataDir: string): Promise<Diagnosis> {
  try {
    embeddedPackage()
  } catch (error) {
    return problem({ ...found, detail: (error as Error).message }, 'Install it, or set DATABASE_URL.')
  }
  const made = await readFile(join(dataDir, 'postgres', 'data', 'PG_VERSION'), 'utf8').catch(() => null)
  const detail =
    made === null
      ? 'The embedded one is made at the first start.'
      : `The embedded one (Postgres ${made.trim()}) does not run; it is started with Optio.`
  return well({ ...found, detail })
}
