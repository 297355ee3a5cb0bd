import { api } from '../../../api/client.ts'

/** After the last entry of any log. */
const BEYOND_ALL = 10 ** 12

/**
 * `seq` of the first log entry of an attempt; null when it has none. Entries go on from attempt to attempt, so a binary search
 * finds it with one small reading for each halving: twenty for a million entries.
 */
export async function firstEntryOf(taskId: string, attempt: number): Promise<number | null> {
  const read = async (query: { after?: number; before?: number }) =>
    (await api.logs.list({ params: { id: taskId }, query: { ...query, limit: 1 } })).logs.at(0)
  const last = await read({ before: BEYOND_ALL })
  if (last === undefined || last.attempt < attempt) return null
  let low = 1
  let high = last.seq
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const entry = await read({ after: middle - 1 })
    if (entry === undefined || entry.attempt >= attempt) high = middle
    else low = middle + 1
  }
  const found = await read({ after: low - 1 })
  return found?.attempt === attempt ? found.seq : null
}
