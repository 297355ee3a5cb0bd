import { OptioError } from '@optio/contract'
import { isFinished } from '@optio/core'
import { eq } from 'drizzle-orm'
import { runs } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import { RUN_NOTICE } from '../notices.ts'
import { pause } from '../pause.ts'

/** Besides being told, the row is read this often. */
const POLL_MS = 250
/** Beyond the grace period, for the processes to be reaped and the work to be saved. */
const SLACK_MS = 60_000

/** Resolves when the run is finished. Throws UNAVAILABLE when that takes longer than stopping can take. */
export async function awaitEnd(context: EngineContext, runId: string): Promise<void> {
  const until = Date.now() + context.config.stopGraceMs + SLACK_MS
  let nudge: () => void = () => {}
  const unsubscribe = context.notify.subscribe({
    notice: (notice) => {
      if (notice.k === RUN_NOTICE && notice.runId === runId) nudge()
    },
    readAgain: () => nudge(),
  })
  try {
    while (Date.now() < until) {
      const told = new Promise<void>((resolve) => {
        nudge = resolve
      })
      const [run] = await context.database.orm
        .select({ state: runs.state })
        .from(runs)
        .where(eq(runs.id, runId))
      if (!run || isFinished(run.state)) return
      await Promise.race([told, pause(POLL_MS)])
    }
  } finally {
    unsubscribe()
  }
  throw new OptioError('UNAVAILABLE', 'It is still being stopped. Look at the task again in a minute.')
}
