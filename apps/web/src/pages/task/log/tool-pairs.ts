import type { BatchedEntry } from '@optio/contract'

/** Which answers of tools belong to which calls, among the entries that are held. A call has one answer at most: the first. */
export class ToolPairs {
  readonly #calls = new Map<string, number>()
  readonly #answers = new Map<string, number>()

  add(entry: BatchedEntry): void {
    const id = toolUseIdOf(entry)
    if (id === null) return
    const places = entry.logType === 'tool_use' ? this.#calls : this.#answers
    if (!places.has(id)) places.set(id, entry.seq)
  }

  remove(entry: BatchedEntry): void {
    const id = toolUseIdOf(entry)
    if (id === null) return
    const places = entry.logType === 'tool_use' ? this.#calls : this.#answers
    if (places.get(id) === entry.seq) places.delete(id)
  }

  /** Seq of the answer to a call; null when none is held. */
  answerOf(entry: BatchedEntry): number | null {
    const id = entry.logType === 'tool_use' ? toolUseIdOf(entry) : null
    if (id === null || this.#calls.get(id) !== entry.seq) return null
    const answer = this.#answers.get(id)
    return answer !== undefined && answer > entry.seq ? answer : null
  }

  /** Seq of the call an entry is shown with; null when it stands for itself. */
  callOf(entry: BatchedEntry): number | null {
    const id = entry.logType === 'tool_result' ? toolUseIdOf(entry) : null
    if (id === null || this.#answers.get(id) !== entry.seq) return null
    const call = this.#calls.get(id)
    return call !== undefined && call < entry.seq ? call : null
  }
}

/** What ties a call and its answer: `toolUseId`, or plain `id`, in the metadata; told apart by attempt. */
function toolUseIdOf({ logType, metadata, attempt }: BatchedEntry): string | null {
  if (logType !== 'tool_use' && logType !== 'tool_result') return null
  const id = metadata?.toolUseId ?? metadata?.id
  return typeof id === 'string' && id !== '' ? `${attempt} ${id}` : null
}
