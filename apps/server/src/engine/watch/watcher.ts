import { setTimeout as sleep } from 'node:timers/promises'
import type { ForgeLimit } from '@optio/forges'
import type { Watcher } from '../context.ts'
import { lookAfter } from './job.ts'
import { lookAt, lookAtDue, readWatched, type WatchContext } from './look.ts'
import { AT_ONCE, createRequestPace } from './pace.ts'

/** What is asked for within this, in milliseconds, is asked for together. */
const GATHER_MS = 20

/** Questions of this process under way at a time: one that takes long holds up no other, and what comes meanwhile is asked for together. */
const LOOKS_AT_ONCE = 3

export function createWatcher(context: WatchContext): Watcher {
  let underWay = 0
  let again = false
  const pace = createRequestPace(context.config.forgeReserve)
  let limits: readonly ForgeLimit[] = []
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
          const pause = pace.pauseBefore(limits, Date.now())
          if (pause > 0) return await lookAfter(context.database.orm, pause)
          const { looked, more, limits: left } = await lookAtDue(context)
          if (looked > 0) {
            pace.made()
            limits = left
          }
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
