import { setTimeout as sleep } from 'node:timers/promises'
import { lookAt, lookAtDue, readWatched, type WatchContext } from './look.ts'
import { AT_ONCE } from './pace.ts'

/** What is asked for within this, in milliseconds, is asked for together. */
const GATHER_MS = 20

/** Questions of this process under way at a time: one that takes long holds up no other, and what comes meanwhile is asked for together. */
const LOOKS_AT_ONCE = 3

/** Looks at pull requests of forges that are asked for many at once. */
export interface Watcher {
  /** Looks at all that is due; at once when enough is under way already, because that does it too. */
  lookAtDue(): Promise<void>
  /** Looks at the pull request of one run now. What came of it is stored. */
  look(runId: string): Promise<void>
}

export function createWatcher(context: WatchContext): Watcher {
  let underWay = 0
  let again = false
  let gathered: { readonly runIds: Set<string>; readonly looked: Promise<void> } | null = null

  const lookTogether = async (runIds: ReadonlySet<string>): Promise<void> => {
    await sleep(GATHER_MS)
    gathered = null
    const ids = [...runIds]
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const { at, taken } = await readWatched(context, ids.slice(start, start + AT_ONCE))
      await lookAt(context, at, taken)
    }
  }

  return {
    async lookAtDue() {
      again = true
      if (underWay >= LOOKS_AT_ONCE) return
      underWay += 1
      try {
        while (again) {
          again = false
          const { more } = await lookAtDue(context)
          again ||= more
        }
      } finally {
        underWay -= 1
      }
    },
    async look(runId) {
      if (gathered === null) {
        const runIds = new Set<string>()
        gathered = { runIds, looked: lookTogether(runIds) }
      }
      gathered.runIds.add(runId)
      await gathered.looked
    },
  }
}
