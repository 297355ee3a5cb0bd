import { OptioError } from '@optio/contract'
import type { RunningOptio } from './start-optio.ts'

/** A clean end that takes longer is cut short: whatever is left is adopted at the next start. */
const CUT_SHORT_MS = 20_000

/**
 * SIGTERM and SIGINT stop Optio and leave agents running; a second one ends it at once. SIGUSR2 ends the agents first (it is
 * what `stop --agents` sends). One that comes during the start is carried out after it: half a start cannot be undone, and
 * its database would stay. Resolves when Optio has stopped.
 */
export function endOnSignals(starting: Promise<RunningOptio>): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false
    const stop = (agents: boolean) => async () => {
      if (stopping) process.exit(130)
      stopping = true
      setTimeout(() => process.exit(1), agents ? 10 * CUT_SHORT_MS : CUT_SHORT_MS).unref()
      const optio = await starting.catch(() => null)
      // A start that failed is explained where it was made, and has cleaned up.
      if (optio === null) return
      const left = await optio.stop({ agents })
      if (left > 0) {
        process.stderr.write(
          `Optio has stopped; ${left} agent(s) or check(s) go on working. Start Optio again to take them over, or end them with: npm start -- stop --agents\n`,
        )
      } else {
        process.stderr.write('Optio has stopped.\n')
      }
      resolve()
    }
    process.on('SIGTERM', stop(false))
    process.on('SIGINT', stop(false))
    process.on('SIGHUP', stop(false))
    process.on('SIGUSR2', stop(true))
    const failed = starting.then((optio) => optio.failed)
    failed.then(
      (why) => {
        process.stderr.write(`Optio cannot go on: ${why}\n`)
        process.exit(1)
      },
      () => undefined,
    )
  })
}

/** An error at start is words on stderr and exit status 1; only what nobody expected comes with its stack. */
export function explainFailedStart(error: unknown): void {
  const words =
    error instanceof OptioError
      ? `${error.message} (${error.code})`
      : error instanceof Error
        ? error.stack
        : error
  process.stderr.write(`${words}\n`)
  process.exitCode = 1
}
