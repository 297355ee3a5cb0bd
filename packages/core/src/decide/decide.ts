import { type Decision, isCourtesy } from '../decision.ts'
import { isFinished, isLive } from '../run-state.ts'
import type { Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import { judgeNeedsAttention } from './attention.ts'
import { forgeSilent, lookLater, stopAttempt, transition, wait } from './build.ts'
import { judgeWaitingOnDependencies } from './dependencies.ts'
import { judgeEndedAttempt } from './ended-attempt.ts'
import { withFarewell } from './farewell.ts'
import { judgeLiveAttempt } from './live-attempt.ts'
import { judgeMergeUnderWay } from './merge.ts'
import { judgeOpenPullRequest } from './pull-request.ts'
import { judgeQueued } from './queued.ts'
import { judgeReviewedPullRequest } from './review-run.ts'
import { judgeOpenSubtasksOfMerged } from './subtasks.ts'

/** The shortest pause between two looks at the same facts. */
const SHORTEST_PAUSE_MS = 250

/**
 * The one place where it is decided what happens to a run next. Pure: no I/O, no clock (`now` is in the snapshot), no
 * randomness; the same snapshot always gives the same decision. Level-triggered: it looks at what is, never at what changed.
 * Carrying a decision out always changes what it was made from, or it is a wait that does not end before a later `now`.
 */
export function decide(s: Snapshot): Decision {
  if (isFinished(s.run.state)) {
    return wait('nothing', 'finished', `The task is ${s.run.state}.`, [])
  }
  const decision = judgeByKind(s)
  const ended = endsTheRun(decision)
  return withNextLook(s, ended ? (stopFirst(s, 'pull_request_ended') ?? withFarewell(s, decision)) : decision)
}

function judgeByKind(s: Snapshot): Decision {
  switch (s.run.kind) {
    case 'repo':
      return judgeMerged(s) ?? judgeIntent(s) ?? judgeClosed(s) ?? judgeByState(s)
    case 'standalone':
      return judgeIntent(s) ?? judgeByState(s)
    case 'review':
      return judgeIntent(s) ?? judgeReviewedPullRequest(s) ?? judgeByState(s)
  }
}

/** Whatever the reason a run ends for: first everything of it stops, its checks too. */
function endsTheRun({ action }: Decision): boolean {
  return action.type === 'transition' && isFinished(action.to)
}

/**
 * A wait never ends in the past (that would be a loop without a pause), and a run with a pull request is looked at again
 * whatever it waits for, because a person may merge or close it meanwhile.
 */
function withNextLook(s: Snapshot, decision: Decision): Decision {
  if (decision.action.type !== 'wait') return decision
  const looks = decision.wakeAt === null ? [] : [decision.wakeAt]
  if (s.pullRequest.kind === 'unknown') looks.push(s.pullRequest.retryAt)
  else if (s.run.prNumber !== null) looks.push(lookLater(s))
  if (looks.length === 0) return decision
  return { ...decision, wakeAt: Math.max(Math.min(...looks), s.now + SHORTEST_PAUSE_MS) }
}

function judgeByState(s: Snapshot): Decision {
  // Whatever the state says: while an agent lives nothing is started beside it.
  if (s.attempt !== null && isLive(s.attempt.state)) return judgeLiveAttempt(s, s.attempt)
  switch (s.run.state) {
    case 'queued':
      return judgeQueued(s)
    case 'provisioning':
    case 'running':
      return judgeEndedAttempt(s)
    case 'pr_opened':
      // Only work on a repository has a pull request of its own; no other run gets here.
      return s.run.kind === 'repo' ? judgeOpenPullRequest(s) : judgeEndedAttempt(s)
    case 'needs_attention':
      return judgeNeedsAttention(s)
    default:
      return judgeWaitingOnDependencies(s)
  }
}

/** What is merged is done, whatever was asked for meanwhile: it cannot be cancelled, and must not be done a second time. */
function judgeMerged(s: Snapshot): Decision | null {
  if (s.pullRequest.kind !== 'known' || s.pullRequest.observation.state !== 'merged') return null
  const { number, endedBy } = s.pullRequest.observation
  return (
    stopFirst(s, 'pull_request_ended') ??
    judgeOpenSubtasksOfMerged(s, number) ??
    transition('completed', 'pr_merged', `Pull request #${number} is merged${by(endedBy)}.`)
  )
}

/** A person asked to cancel or to start from scratch: everything stops first. */
function judgeIntent(s: Snapshot): Decision | null {
  if (s.run.intent === null) return null
  if (s.run.intent === 'cancel') {
    return stopFirst(s, 'cancel') ?? transition('cancelled', 'cancel', 'Cancelled; nothing of it is running.')
  }
  return (
    stopFirst(s, 'redo') ??
    judgeNotMerged(s) ?? {
      action: { type: 'redo' },
      reason: 'redo',
      explain: { summary: 'Starts again from scratch.', wouldChange: [] },
      wakeAt: null,
    }
  )
}

/** Before a task is done again it must be known that it was not merged: null when that is known. */
function judgeNotMerged(s: Snapshot): Decision | null {
  if (s.run.kind !== 'repo') return null
  if (s.pullRequest.kind === 'unknown') return forgeSilent(s.pullRequest)
  return s.pullRequest.kind === 'known' ? judgeMergeUnderWay(s, s.pullRequest.observation) : null
}

/** In any unfinished state a person may close the pull request. */
function judgeClosed(s: Snapshot): Decision | null {
  if (s.pullRequest.kind !== 'known' || s.pullRequest.observation.state !== 'closed') return null
  const { number, endedBy } = s.pullRequest.observation
  const message = `Pull request #${number} was closed without a merge${by(endedBy)}.`
  return (
    stopFirst(s, 'pull_request_ended') ??
    transition('failed', 'pr_closed', message, {
      error: { category: 'pull_request', message: `${message} Retry the task to have it done again.` },
    })
  )
}

function by(who: string | null | undefined): string {
  return who ? ` by ${oneLine(who, 100)}` : ''
}

/** Nothing may run when a run ends: stops the attempt and the checks, waits for an effect that is being carried out. */
function stopFirst(s: Snapshot, stop: 'cancel' | 'redo' | 'pull_request_ended'): Decision | null {
  if (s.attempt !== null && isLive(s.attempt.state)) {
    if (s.attempt.stopRequested !== null) {
      return wait('agent', 'stopping', 'The agent is being stopped.', ['Its last process is gone.'])
    }
    return stopAttempt(stop, 'The agent is stopped first.')
  }
  if (s.liveChecks.count > 0) {
    if (s.liveChecks.stopRequested) {
      return wait('check', 'stopping_checks', 'Its checks are being stopped.', [
        'Their last process is gone.',
      ])
    }
    return {
      action: { type: 'stop_checks' },
      reason: 'stop_checks',
      explain: { summary: 'Its checks are stopped first.', wouldChange: [] },
      wakeAt: null,
    }
  }
  if (s.effects.some(({ kind, state }) => state === 'executing' && !isCourtesy(kind))) {
    return wait('effect', 'effect_executing', 'An action on the repository is being finished first.', [
      'That action is finished.',
    ])
  }
  return null
}
