import { decide } from '@optio/core'
import { sql } from 'drizzle-orm'
import { runs } from '../database/schema/index.ts'
import type { EngineContext } from './context.ts'
import { execute } from './execute.ts'
import { observe } from './observe.ts'
import { lookAgainAt } from './wake-ups.ts'

/** More decisions in one go than any sound course of events needs: beyond it something is wrong, and it is said. */
const MOST_STEPS = 25
const BREATHER_MS = 10_000

/** Observe, decide, execute, until the run rests. Any number of processes may do it at once: the version decides who wins. */
export async function advance(context: EngineContext, runId: string): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step++) {
    const observed = await observe(context, runId)
    if (!observed) return
    const decision = decide(observed.full)
    const executed = await context.database.transaction((tx) =>
      execute(context, tx, observed.run, observed.full.pullRequest, decision),
    )
    if (executed === 'resting') return
  }
  context.log.error({ runId }, 'the run does not come to rest; it is looked at again later')
  await context.database.transaction(async (tx) => {
    const at = new Date(Date.now() + BREATHER_MS)
    await tx.update(runs).set({ nextLookAt: at }).where(sql`${runs.id} = ${runId}`)
    await lookAgainAt(tx, runId, at)
  })
}
