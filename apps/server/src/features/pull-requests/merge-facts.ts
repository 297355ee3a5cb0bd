import type { MergeFacts } from '@optio/core'
import type { Queries } from '../../database/connection.ts'
import type { OwnReview } from '../../engine/own-verdicts.ts'
import { type RepositoryRow, type RunRow, readParts } from '../../engine/read-run.ts'
import { reviewPolicyOf } from '../../engine/run-policy.ts'

/** What of a run itself has a say in its merge: subtasks that hold it, and reviews by agents. */
export async function readMergeFacts(
  db: Queries,
  run: Pick<RunRow, 'id' | 'prNumber'>,
  repository: RepositoryRow,
): Promise<MergeFacts & { readonly ownReviews: readonly OwnReview[] }> {
  return { ...(await readParts(db, run)), review: reviewPolicyOf(repository) }
}
