import { isLive, type Snapshot } from '@optio/core'
import fc from 'fast-check'
import { arbitrarySnapshot } from './arbitraries.ts'

/** Open pull requests beside which no agent works. */
const open = arbitrarySnapshot.map((s): Snapshot => {
  if (s.pullRequest.kind !== 'known') return s
  const observation = s.pullRequest.observation
  return {
    ...s,
    run: { ...s.run, kind: 'repo', state: 'pr_opened', intent: null },
    attempt: s.attempt === null || isLive(s.attempt.state) ? null : s.attempt,
    pullRequest: { ...s.pullRequest, observation: { ...observation, state: 'open' } },
  }
})

/** Snapshots in which nearly everything is good: what is not is left as it was, by chance. */
export const nearlyMergeable: fc.Arbitrary<Snapshot> = fc
  .tuple(open, fc.infiniteStream(fc.boolean()))
  .map(([s, coins]): Snapshot => {
    if (s.pullRequest.kind !== 'known') return s
    const good = () => coins.next().value !== false || coins.next().value !== false
    const { observation } = s.pullRequest
    const { headSha, baseSha } = observation
    const items = observation.checks.items.map((item) =>
      good() ? { ...item, status: 'completed' as const, conclusion: 'success' as const } : item,
    )
    return {
      ...s,
      effects: good() ? [] : s.effects,
      subtasks: s.subtasks.map((each) => (good() ? { ...each, state: 'completed' as const } : each)),
      reviews: s.reviews.map((each) =>
        good() ? { ...each, state: 'completed' as const, verdict: 'comment' as const } : each,
      ),
      policy: {
        ...s.policy,
        autoMerge: good() || s.policy.autoMerge,
        cautiousMode: !good() && s.policy.cautiousMode,
      },
      pullRequest: {
        ...s.pullRequest,
        observation: {
          ...observation,
          threads: good() ? [] : (observation.threads ?? []),
          draft: !good() && observation.draft,
          mergeable: good() ? true : observation.mergeable,
          mergeBlocked: good() ? null : observation.mergeBlocked,
          checks: good() ? { required: true, headSha, baseSha, items } : { ...observation.checks, items },
          reviews: good()
            ? observation.reviews.map((r) => ({ ...r, state: 'approved' as const }))
            : observation.reviews,
        },
      },
    }
  })
