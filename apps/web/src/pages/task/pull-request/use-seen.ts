import type { PullRequest } from '@optio/contract'
import { useCallback, useState } from 'react'

/**
 * The pull request as the reader sees it: it stays at the head it was opened at until the reader asks for the new one, so that lines
 * do not change under a reader's eyes. Whether it is merged or closed is always of now.
 */
export function useSeen(latest: PullRequest): {
  readonly pr: PullRequest
  readonly isStale: boolean
  readonly lookAgain: () => void
} {
  const [seen, setSeen] = useState(latest)
  const isSame = seen.head.sha === latest.head.sha
  // What else is news about the same head is shown at once.
  if (isSame && seen !== latest) setSeen(latest)
  const lookAgain = useCallback(() => setSeen(latest), [latest])
  const { state, mergedSha, observedAt } = latest
  const pr = isSame ? latest : { ...seen, state, mergedSha, observedAt }
  return { pr, isStale: !isSame, lookAgain }
}
