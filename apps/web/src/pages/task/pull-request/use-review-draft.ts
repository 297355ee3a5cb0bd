import { useCallback, useEffect, useMemo, useState } from 'react'
import { keep, readKept } from './kept.ts'
import { type DraftAction, parseDraft, type ReviewDraft, reduceDraft } from './review-draft.ts'

export interface DraftActions {
  /** Opens an editor at a line of the new file, at a file (`line` null) or for the whole (`path` null). */
  begin(path: string | null, line: number | null): void
  act(action: DraftAction): void
  /** Puts another draft in its place. */
  replace(draft: ReviewDraft): void
}

function keyOf(taskId: string, headSha: string): string {
  return `optio-review:${taskId}:${headSha}`
}

/** What the reviewer wrote about this head so far; survives a reload of the tab. */
export function useReviewDraft(taskId: string, headSha: string): readonly [ReviewDraft, DraftActions] {
  const key = keyOf(taskId, headSha)
  const [held, setHeld] = useState(() => ({ key, draft: parseDraft(readKept(key)) }))
  const draft = useMemo(() => (held.key === key ? held.draft : parseDraft(readKept(key))), [held, key])
  useEffect(() => {
    if (held.key !== key) return
    const { comments, body } = held.draft
    keep(key, comments.length === 0 && body === '' ? null : JSON.stringify(held.draft))
  }, [held, key])
  const change = useCallback(
    (to: (before: ReviewDraft) => ReviewDraft) =>
      setHeld((before) => ({
        key,
        draft: to(before.key === key ? before.draft : parseDraft(readKept(key))),
      })),
    [key],
  )
  const actions = useMemo<DraftActions>(() => {
    const act = (action: DraftAction) => change((before) => reduceDraft(before, action))
    return {
      act,
      begin: (path, line) => act({ type: 'begin', id: newId(), path, line }),
      replace: (draft) => change(() => draft),
    }
  }, [change])
  return [draft, actions]
}

/** Pages may be served over plain http, where `crypto.randomUUID` is missing. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join('')
}
