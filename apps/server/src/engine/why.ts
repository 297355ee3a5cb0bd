import { type Decision, isFinished, type RunState, type WaitingOn } from '@optio/core'
import type { NewEvent } from '../features/events/append.ts'
import type { RunRow } from './read-run.ts'
import { eventOf } from './run-events.ts'

/** What is stored, and told, of why a run is where it is. */

export function explanationOf({ reason, explain }: Decision): NonNullable<RunRow['explanation']> {
  return { reason, summary: explain.summary, wouldChange: [...explain.wouldChange] }
}

/** Whom or what a run waits for once a decision that leaves it in the state `to` is carried out; null when it is finished. */
export function waitingOnAfter({ action }: Decision, to: RunState): WaitingOn | null {
  if (isFinished(to)) return null
  switch (action.type) {
    case 'wait':
      return action.on
    case 'needs_attention':
      return 'person'
    case 'queue_attempt':
      return action.next.notBefore === null ? 'capacity' : 'backoff'
    case 'enqueue':
    case 'redo':
      return 'capacity'
    case 'stop_attempt':
      return 'agent'
    case 'stop_checks':
      return 'check'
    case 'effect':
      return 'effect'
    case 'start_review':
      return 'review'
    case 'transition':
      return AFTER_TRANSITION[action.to] ?? 'nothing'
  }
}

/** Until the next decision, which follows at once. */
const AFTER_TRANSITION: Partial<Record<RunState, WaitingOn>> = {
  waiting_on_deps: 'dependency',
  provisioning: 'agent',
  running: 'agent',
  pr_opened: 'forge',
}

/**
 * The event that tells of a new reason to wait while the state stays; null when it is none that anybody would want to be told
 * of. Words that merely count on (“3 tasks go first”) are none, nor is which of the limits of capacity it is: with a
 * long queue that would be an event for each waiting run whenever any agent ends.
 */
export function newsOf(run: RunRow, decision: Decision): NewEvent | null {
  const { reason, explain } = decision
  const waitingOn = waitingOnAfter(decision, run.state)
  const before = run.explanation?.reason ?? ''
  if (kindOf(run.waitingOn, before) === kindOf(waitingOn, reason)) return null
  return eventOf(run, {
    type:
      reason === 'stalled' ? 'task:stalled' : before === 'stalled' ? 'task:recovered' : 'task:pending_reason',
    trigger: reason,
    message: explain.summary,
    actor: 'optio',
    data: { title: run.title, state: run.state, waitingOn },
  })
}

/** Reasons of these kinds are as good as one another. */
const ALIKE: readonly (WaitingOn | null)[] = ['capacity', 'backoff', 'dependency', 'subtask', 'effect']

/** Reasons to wait for capacity that a person ended, or has to end. */
const BLOCKED: readonly string[] = ['disk_full', 'paused']

function kindOf(waitingOn: WaitingOn | null, reason: string): string {
  if (ALIKE.includes(waitingOn) && !BLOCKED.includes(reason)) return waitingOn ?? ''
  return `${waitingOn} ${reason}`
}
