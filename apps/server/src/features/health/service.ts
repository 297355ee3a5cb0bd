import type { Health } from '@optio/contract'
import type { Database } from '../../database/connection.ts'

/** A part that does not answer in this time counts as down: whoever asks has a timeout of his own. */
const ANSWER_WITHIN_MS = 2_000

export interface HealthDeps {
  readonly database: Pick<Database, 'ping'>
  /** What is wrong with the runtime, in words; null when agents can be started. */
  readonly runtimeProblem: () => Promise<string | null>
  /** Disk use on this host; null when it cannot be measured. Shown, and never a reason to be unhealthy. */
  readonly diskUse: () => Promise<Health['disk']>
  readonly version: string
  /** `OPTIO_MAX_CONCURRENT`. */
  readonly maxConcurrent: number
}

export interface HealthService {
  health(): Promise<Health>
  /** Whether requests can be served: the database answers. */
  isReady(): Promise<boolean>
}

/** The database and the runtime only: a forge that is down or a bad token does not make Optio unhealthy. */
export function createHealthService(deps: HealthDeps): HealthService {
  const databaseProblem = () =>
    problemOf('The database does not answer', async () => {
      await deps.database.ping()
      return null
    })
  const runtimeProblem = () => problemOf('The runtime does not answer', deps.runtimeProblem)
  return {
    async health() {
      const [database, runtime, disk] = await Promise.all([
        databaseProblem(),
        runtimeProblem(),
        within(
          deps.diskUse().catch(() => null),
          null,
        ),
      ])
      const problems = [database, runtime].filter((problem) => problem !== null)
      return {
        healthy: problems.length === 0,
        checks: { database: database === null, runtime: runtime === null },
        problems,
        version: deps.version,
        maxConcurrent: deps.maxConcurrent,
        disk,
      }
    },
    async isReady() {
      return (await databaseProblem()) === null
    },
  }
}

async function problemOf(silence: string, ask: () => Promise<string | null>): Promise<string | null> {
  try {
    return await within(ask(), `${silence} within ${ANSWER_WITHIN_MS} ms.`)
  } catch {
    return `${silence}.`
  }
}

/** What is asked, or `late` when the answer takes too long. */
async function within<T>(asked: Promise<T>, late: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late), ANSWER_WITHIN_MS)
  })
  try {
    return await Promise.race([asked, timeout])
  } finally {
    clearTimeout(timer)
  }
}
