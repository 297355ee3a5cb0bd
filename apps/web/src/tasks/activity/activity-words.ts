import type { Activity } from '@optio/contract'
import { plainLine } from '../../ui/plain-text.ts'
import { STATE_LABELS } from '../../ui/state-badge.tsx'

/** What happened, without its kind (`task:`, `run:`), as a person tells it. */
const WORDS: Readonly<Record<string, string>> = {
  created: 'was created',
  state_changed: 'changed',
  pending_reason: 'waits',
  stalled: 'fell silent',
  recovered: 'is heard again',
  attempt_ended: 'an agent ended',
  stopping: 'its agent is being stopped',
  published: 'its commits were pushed',
  branch_moved: 'its branch was moved by somebody else',
  publish_refused: 'its commits were not pushed',
  pr_opened: 'a pull request was opened',
  pr_closed: 'its pull request was closed',
  merged: 'was merged',
  merge_refused: 'was not merged',
  branch_deleted: 'its branch was deleted',
  branch_kept: 'its branch was kept',
  threads_answered: 'its threads were answered',
  issue_commented: 'its issue was commented on',
  issue_labelled: 'its issue was labelled',
  issue_closed: 'its issue was closed',
  effect_failed: 'something outside failed for good',
  check_completed: 'a check ended',
  review_started: 'a review was started',
  review_posted: 'its verdict was put on the pull request',
  review_not_posted: 'its verdict was not put on the pull request',
  dependencies_added: 'waits for more tasks',
  dependency_removed: 'waits for one task less',
  comment: 'was commented on',
  comment_edited: 'a comment was changed',
  comment_deleted: 'a comment was deleted',
  message: 'its agent was told something',
  cancel_requested: 'was to be cancelled',
  redo_requested: 'was to start from scratch',
  run_now: 'was to run at once',
  edited: 'was edited',
  deleted: 'was deleted',
  paused: 'Optio was paused',
  unpaused: 'Optio starts agents again',
  retention_changed: 'how long things are kept was changed',
}

/** What happened in a few words; the name of the event for one that is not known yet. */
export function activityWords({ type, toState }: Activity): string {
  const what = type.slice(type.indexOf(':') + 1)
  if (what === 'state_changed' && toState !== null) return `is now ${stateWords(toState)}`
  return Object.hasOwn(WORDS, what) ? (WORDS[what] ?? '') : plainLine(what.replaceAll('_', ' '))
}

function stateWords(state: string): string {
  const label = Object.hasOwn(STATE_LABELS, state) ? STATE_LABELS[state as keyof typeof STATE_LABELS] : state
  return `“${plainLine(label)}”`
}
