import type { Decision, EffectRequest } from '../decision.ts'
import type { RunState } from '../run-state.ts'
import type { Snapshot } from '../snapshot.ts'
import { attemptNumber } from './build.ts'

/** The end of a run, with what is then to be told to others or tidied up; nobody waits for it. */
export function withFarewell(s: Snapshot, decision: Decision): Decision {
  const { action } = decision
  if (action.type !== 'transition' || s.run.kind !== 'repo') return decision
  const effects = [...(action.effects ?? []), ...farewell(s, action.to)]
  return effects.length === 0 ? decision : { ...decision, action: { ...action, effects } }
}

function farewell(s: Snapshot, to: RunState): readonly EffectRequest[] {
  switch (to) {
    case 'completed':
      return afterMerge(s)
    case 'failed':
      return afterFailure(s)
    case 'cancelled':
      return afterCancel(s)
    default:
      return []
  }
}

function afterMerge({ run, policy, pullRequest }: Snapshot): readonly EffectRequest[] {
  if (pullRequest.kind !== 'known' || pullRequest.observation.state !== 'merged') return []
  const { headSha, number } = pullRequest.observation
  const { branch, issueNumber } = run
  const effects: EffectRequest[] = []
  if (policy.deleteBranchOnMerge === true && branch !== null) {
    effects.push({ kind: 'delete_branch', key: `delete-branch:${run.id}:${branch}`, branch, headSha })
  }
  if (policy.closeIssueOnMerge === true && issueNumber != null) {
    effects.push({ kind: 'close_issue', key: `close-issue:${run.id}`, issueNumber, prNumber: number })
  }
  return effects
}

function afterFailure(s: Snapshot): readonly EffectRequest[] {
  const { id, issueNumber } = s.run
  if (issueNumber == null) return []
  const key = `comment-issue:${id}:failed:${attemptNumber(s)}`
  return [{ kind: 'comment_issue', key, issueNumber, about: 'failed' }]
}

function afterCancel({ run, policy, pullRequest }: Snapshot): readonly EffectRequest[] {
  const { id, prNumber } = run
  if (policy.closeOnCancel !== true || prNumber === null) return []
  if (pullRequest.kind === 'known' && pullRequest.observation.state !== 'open') return []
  return [{ kind: 'close_pull_request', key: `close:${id}:${prNumber}`, prNumber }]
}
