import type { PullRequestObservation } from '@optio/core'
import type { runs } from '../database/schema/index.ts'

/** When the head of an observation was first seen: as it is on record, or now, when the record is of another head. */
export function headSeenAt(
  run: Pick<typeof runs.$inferSelect, 'observation' | 'headSeenAt'>,
  { headSha, observedAt }: Pick<PullRequestObservation, 'headSha' | 'observedAt'>,
): Date {
  const isKnown = run.observation?.headSha === headSha
  return (isKnown ? run.headSeenAt : null) ?? new Date(observedAt)
}
