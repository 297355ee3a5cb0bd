import type { Health } from '@optio/contract'
import type { Database } from '../../database/connection.ts'

/** A part that does not answer in this time counts as down: whoever asks has a timeout of his own. */
const ANSWER_WITHIN_MS = 2_000

export interface HealthDeps {
  readonly database: Pick<Database, 'ping'>
  /** What is wrong with the runtime, in words; null when agents can be started. */
  readonly runtimeProblem: () => Promise<string | null>
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
      const [database, runtime] = await Promise.all([databaseProblem(), runtimeProblem()])
      const problems = [database, runtime].filter((problem) => problem !== null)
      return {
        healthy: problems.length === 0,
        checks: { database: database === null, runtime: runtime === null },
        problems,
        version: deps.version,
        maxConcurrent: deps.maxConcurrent,
      }
    },
    async isReady() {
      return (await databaseProblem()) === null
    },
  }
}

async function problemOf(silence: string, ask: () => Promise<string | null>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`${silence} within ${ANSWER_WITHIN_MS} ms.`), ANSWER_WITHIN_MS)
  })
  try {
    return await Promise.race([ask(), late])
  } catch {
    return `${silence}.`
  } finally {
    clearTimeout(timer)
  }
}
