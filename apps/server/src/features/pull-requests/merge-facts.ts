import type { MergeFacts } from '@optio/core'
import type { Queries } from '../../database/connection.ts'
import { policyOf, type RepositoryRow, type RunRow, readParts } from '../../engine/read-run.ts'

/** What of a run itself has a say in its merge: subtasks that hold it, and reviews by agents. */
export async function readMergeFacts(
  db: Queries,
  run: Pick<RunRow, 'id' | 'prNumber'>,
  repository: RepositoryRow,
): Promise<MergeFacts> {
  return { ...(await readParts(db, run)), review: policyOf(repository, 0).review }
}
