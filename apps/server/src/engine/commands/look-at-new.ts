import type { Transaction } from '../../database/connection.ts'
import type { EngineContext } from '../context.ts'
import { diskProblem } from '../disk-room.ts'
import { readPaused } from '../paused.ts'
import { lookAgainAt } from '../wake-ups.ts'

/** When a new run is looked at that was not claimed at once: after so long, and so long after the one that was made before it. */
const LOOK_AFTER_MS = 1_000
const BETWEEN_LOOKS_MS = 20
/** At the latest then: others look at it anyway. */
const LATEST_LOOK_MS = 300_000

/**
 * Has new runs that are queued looked at, where people are to be told why none of them starts: while Optio is paused, or its disk is full.
 * Those that wait for a slot need no look: the claim finds them, and whoever asks for one is told how it is at that moment.
 */
export async function lookAtNewRuns(
  context: Pick<EngineContext, 'config'>,
  tx: Transaction,
  runIds: readonly string[],
): Promise<void> {
  const isHeldUp = (await readPaused(tx)) !== undefined || (await diskProblem(context.config)) !== null
  if (!isHeldUp) return
  for (const runId of runIds) await lookAgainAt(tx, runId, new Date(timeOfLook(Date.now())))
}

/** When the last run that was made here is looked at. */
let lastLook = 0

/** In milliseconds. Those of many that are made at once are spread: a look must not be in the way of what is still to be made. */
export function timeOfLook(now: number): number {
  lastLook = Math.min(Math.max(now + LOOK_AFTER_MS, lastLook + BETWEEN_LOOKS_MS), now + LATEST_LOOK_MS)
  return lastLook
}
