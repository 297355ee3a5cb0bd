import { createContext, Script } from 'node:vm'

/** Work was ended because it took longer than it may. */
export class TimeUp extends Error {
  readonly ms: number

  constructor(ms: number) {
    super(`It took longer than ${ms} ms.`)
    this.name = 'TimeUp'
    this.ms = ms
  }
}

const holder: { work: (() => void) | null } = { work: null }
const context = createContext(holder)
const call = new Script('work()')

/**
 * Does synchronous work on behalf of somebody (a regular expression, a template, a schema), and ends it after `ms` milliseconds of
 * wall-clock time wherever it is, also in an endless loop. Costs a tenth of a millisecond. Throws TimeUp, or what `work` throws. What
 * the work was changing may be left half changed: it should own what it changes.
 */
export function withinTime<T>(work: () => T, ms: number): T {
  const outer = holder.work
  let result: { readonly value: T } | null = null
  holder.work = () => {
    result = { value: work() }
  }
  try {
    call.runInContext(context, { timeout: ms })
  } catch (error) {
    throw isTimeout(error) ? new TimeUp(ms) : error
  } finally {
    holder.work = outer
  }
  // Set by the script, which the types cannot know.
  return (result as unknown as { readonly value: T }).value
}

/** Not asked by its class: it is made in the realm of the script. */
function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}
