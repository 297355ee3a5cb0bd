import { decide, type Explanation, type PullRequestFacts } from '@optio/core'
import type { EngineContext } from './context.ts'
import type { RunRef } from './engine.ts'
import { readStoredFacts } from './read-run.ts'

/**
 * Why the run is where it is, as of now: what `decide` says of what is stored. What was stored with the last decision would
 * do for the facts of the run itself, but slots and those before it change without it. Null when there is no such run.
 */
export async function explainRun(context: EngineContext, ref: RunRef): Promise<Explanation | null> {
  return await context.database.transaction(async (tx) => {
    const facts = await readStoredFacts(tx, ref.runId, context.config)
    if (facts?.run.workspaceId !== ref.workspaceId) return null
    const { observation } = facts.run
    const pullRequest: PullRequestFacts = observation ? { kind: 'known', observation } : { kind: 'none' }
    return decide({ ...facts.snapshot, pullRequest, now: Date.now() }).explain
  })
}
