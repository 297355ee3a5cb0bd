import { encodeCursor } from '../../http/cursor.ts'
import { placeOf } from '../newest-first.ts'
import { createRecentlyRead } from '../recently-read.ts'
import type { TaskFilter } from './list-query.ts'

/** Tasks between two places that are remembered. */
const STEP = 1_000

/**
 * Far into a list, rows that an offset passes over take longer to count than the page takes to read: some 8 ms for 90,000. So beyond
 * `step` the place of each `step`-th task is found at most once a second, and the page is counted from there. It may lag by a second behind
 * tasks that are made, deleted or changed, and so may skip or repeat one that a page before it showed or did not; with a cursor, and up to
 * `step`, nothing lags.
 *
 * @param list which tasks are in the list, and where.
 * @returns for a page that is asked for the same page as asked for with a shorter offset, or one that has nothing on it.
 */
export function createDeepOffsets(
  list: (workspaceId: string, filter: TaskFilter) => PromiseLike<readonly { place: number; id: string }[]>,
  { step = STEP, now }: { readonly step?: number; readonly now?: () => number } = {},
): (workspaceId: string, filter: TaskFilter) => Promise<TaskFilter> {
  const recently = createRecentlyRead<string | null>(now)

  const placeAfter = async (workspaceId: string, filter: TaskFilter, passed: number) => {
    const [last] = await list(workspaceId, { ...filter, offset: passed - 1, limit: 0 })
    return last === undefined ? null : encodeCursor(placeOf(last))
  }

  return async (workspaceId, filter) => {
    const { offset = 0, limit, ...wanted } = filter
    // Of words all that match are found anyway.
    if (offset <= step || filter.cursor !== undefined || filter.words) return filter
    const passed = Math.floor(offset / step) * step
    const cursor = await recently(JSON.stringify([workspaceId, passed, wanted]), () =>
      placeAfter(workspaceId, filter, passed),
    )
    if (cursor === null) return { ...filter, offset: 0, none: true }
    return { ...filter, cursor, offset: offset - passed }
  }
}
