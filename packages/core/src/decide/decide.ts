import type { Decision } from '../decision.ts'
import { isFinished, isLive } from '../run-state.ts'
import type { Snapshot } from '../snapshot.ts'
import { PERSON_CAN, transition, wait } from './build.ts'
import { judgeEndedAttempt } from './ended-attempt.ts'
import { judgeLiveAttempt } from './live-attempt.ts'
import { judgeNeedsAttention, judgeOpenPullRequest } from './pull-request.ts'
import { judgeQueued, judgeWaitingOnDependencies } from './queued.ts'

/**
 * The one place where it is decided what happens to a run next. Pure: no I/O, no clock (`now` is in the snapshot), no
 * randomness; the same snapshot always gives the same decision. Level-triggered: it looks at what is, never at what changed.
 */
export function decide(s: Snapshot): Decision {
  if (isFinished(s.run.state)) {
    return wait('nothing', 'finished', `The task is ${s.run.state}.`, [])
  }
  return judgeIntent(s) ?? judgeEndedPullRequest(s) ?? judgeByState(s)
}

function judgeByState(s: Snapshot): Decision {
  const live = s.attempt !== null && isLive(s.attempt.state)
  switch (s.run.state) {
    case 'pending':
    case 'waiting_on_deps':
      return judgeWaitingOnDependencies(s)
    case 'queued':
      return judgeQueued(s)
    case 'provisioning':
    case 'running':
      return live ? judgeLiveAttempt(s) : judgeEndedAttempt(s)
    case 'pr_opened':
      return judgeOpenPullRequest(s)
    case 'needs_attention':
      return judgeNeedsAttention(s)
    default:
      return wait('person', 'unknown_state', `The task is ${s.run.state}.`, [PERSON_CAN])
  }
}

/** A person asked to cancel or to start from scratch: everything stops first. */
function judgeIntent(s: Snapshot): Decision | null {
  if (s.run.intent === null) return null
  const cancel = s.run.intent === 'cancel'
  const stopping = stopFirst(s, cancel ? 'cancel' : 'redo')
  if (stopping) return stopping
  if (cancel) return transition('cancelled', 'cancel', 'Cancelled; nothing of it is running.')
  return {
    action: { type: 'redo' },
    reason: 'redo',
    explain: { summary: 'Starts again from scratch.', wouldChange: [] },
    wakeAt: null,
  }
}

/** In any unfinished state a person may merge or close the pull request. */
function judgeEndedPullRequest(s: Snapshot): Decision | null {
  if (s.pullRequest.kind !== 'known') return null
  const pr = s.pullRequest.observation
  if (pr.state === 'open') return null
  const stopping = stopFirst(s, 'pull_request_ended')
  if (stopping) return stopping
  if (pr.state === 'merged') {
    return transition('completed', 'pr_merged', `Pull request #${pr.number} is merged.`)
  }
  return transition('failed', 'pr_closed', `Pull request #${pr.number} was closed without a merge.`, {
    category: 'pull_request',
    message: `Pull request #${pr.number} was closed without a merge. Retry the task to have it done again.`,
  })
}

/** Nothing may run when a run ends: stops the attempt, waits for an effect that is being carried out. */
function stopFirst(s: Snapshot, stop: 'cancel' | 'redo' | 'pull_request_ended'): Decision | null {
  if (s.attempt !== null && isLive(s.attempt.state)) {
    if (s.attempt.stopRequested !== null) {
      return wait('agent', 'stopping', 'The agent is being stopped.', [])
    }
    return {
      action: { type: 'stop_attempt', stop },
      reason: stop,
      explain: { summary: 'The agent is stopped first.', wouldChange: [] },
      wakeAt: null,
    }
  }
  if (s.effects.some((effect) => effect.state === 'executing')) {
    return wait('effect', 'effect_executing', 'An action on the repository is being finished first.', [])
  }
  return null
}
