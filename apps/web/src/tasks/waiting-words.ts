import type { Task } from '@optio/contract'
import { plainLine } from '../ui/plain-text.ts'

/** What a person is told of a task that waits, and the act that is theirs (null when none is). */
export interface WaitingWords {
  readonly why: string
  readonly act: string | null
  /** Where the act is done. */
  readonly tab?: 'changes' | 'log' | 'related'
}

/** Codes of attention as `docs` name them; the act is what most people do about it. */
const ATTENTION: Readonly<Record<string, WaitingWords>> = {
  no_changes: { why: 'The agent changed nothing.', act: 'Instruct', tab: 'log' },
  uncommitted_changes: { why: 'The agent left work uncommitted.', act: 'Look', tab: 'log' },
  budget_reached: { why: 'It has reached its budget.', act: 'Decide' },
  deadline_reached: { why: 'An attempt took longer than it may.', act: 'Decide' },
  output_limit_reached: { why: 'The agent wrote more than it may.', act: 'Look', tab: 'log' },
  machine_faults: { why: 'The machine failed it again and again.', act: 'Look', tab: 'log' },
  checks_failing: { why: 'Its checks fail.', act: 'See checks', tab: 'changes' },
  changes_requested: { why: 'A reviewer requested changes.', act: 'See review', tab: 'changes' },
  conflict: { why: 'It conflicts with its base.', act: 'Resolve', tab: 'changes' },
  no_progress: { why: 'The agent makes no progress.', act: 'Instruct', tab: 'log' },
  branch_moved: { why: 'Somebody else pushed to its branch.', act: 'Decide', tab: 'changes' },
  publish_refused: { why: 'The forge does not take its commits.', act: 'Look' },
  effect_failed: { why: 'Something outside refused what Optio does for it.', act: 'Look' },
  environment_failed: { why: 'Its copy of the repository could not be set up.', act: 'Look', tab: 'log' },
  agent_login: { why: 'The agent is not logged in.', act: 'Look' },
  agent_not_available: { why: 'Its agent cannot run on this machine.', act: 'Look' },
  agent_request: { why: 'The model’s provider refused the request.', act: 'Look', tab: 'log' },
  secret_in_changes: { why: 'Its commits contain a credential.', act: 'Look' },
  max_turns_reached: { why: 'The agent used all its turns.', act: 'Decide', tab: 'log' },
  provider_failing: { why: 'The model’s provider fails it again and again.', act: 'Decide', tab: 'log' },
  tools_denied: { why: 'The agent was denied tools it needs.', act: 'Look', tab: 'log' },
  dependency_failed: { why: 'A task it depends on failed.', act: 'Decide', tab: 'related' },
  subtask_failed: { why: 'A subtask it waits for was not completed.', act: 'Decide', tab: 'related' },
  review_failed: { why: 'The review by an agent failed.', act: 'Decide', tab: 'changes' },
  review_rounds: { why: 'Agents have reviewed it as often as they may.', act: 'Review', tab: 'changes' },
}

/** Why a task waits, in a line; null while an agent works on it and once it is finished. */
export function waitingWords(task: Task, about: { paused: boolean }): WaitingWords | null {
  switch (task.waitingOn) {
    case 'person':
      if (task.held && task.state === 'pending') {
        return { why: 'It is held: it starts when you say so.', act: 'Start' }
      }
      return task.state === 'pr_opened' ? pullRequestWords(task) : attentionWords(task)
    case 'capacity':
      return { why: about.paused ? 'Optio is paused.' : 'Waits for a free slot.', act: null }
    case 'backoff':
      return { why: 'Waits a while before it tries again.', act: null }
    case 'dependency':
      return { why: 'Waits for the tasks it depends on.', act: null }
    case 'subtask':
      return { why: 'Waits for its subtasks.', act: null }
    case 'review':
      return { why: 'An agent reviews it.', act: null }
    case 'effect':
      return { why: 'Optio is about to push, open or merge.', act: null }
    case 'check':
      return { why: about.paused ? 'Its checks wait: Optio is paused.' : 'Its checks run.', act: null }
    case 'forge':
      return { why: 'Waits for the forge to answer.', act: null }
    default:
      return null
  }
}

function attentionWords(task: Task): WaitingWords {
  const known = ATTENTION[task.attentionCode ?? '']
  const said = task.errorMessage === null ? null : plainLine(task.errorMessage)
  return {
    why: said ?? known?.why ?? 'It needs a person.',
    act: known?.act ?? 'Look',
    ...(known?.tab ? { tab: known.tab } : {}),
  }
}

function pullRequestWords({ prChecksStatus, prReviewStatus }: Task): WaitingWords {
  const act = (why: string, name: string): WaitingWords => ({ why, act: name, tab: 'changes' })
  if (prChecksStatus === 'conflicts') return act('It conflicts with its base.', 'Resolve')
  if (prChecksStatus === 'failing') return act('Its checks fail.', 'See checks')
  if (prReviewStatus === 'changes_requested') return act('Changes were requested.', 'See review')
  const checks = prChecksStatus === 'passing' ? 'Checks pass' : 'There are no checks'
  if (prReviewStatus === 'approved') return act(`${checks}, it is approved: merge it.`, 'Merge')
  return act(`${checks}: review and merge it.`, 'Review')
}
