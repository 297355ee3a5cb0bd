import type { Decision } from '../decision.ts'
import { failedSubtasks, namesOf, openSubtasks } from '../merge-policy.ts'
import type { Snapshot } from '../snapshot.ts'
import { askPerson, lookLater, wait } from './build.ts'

/** Subtasks that hold their parent. While they are unfinished they are an obstacle of the merge like any other. */

/** Asks a person when a blocking subtask came to nothing; null when none did. */
export function judgeFailedSubtasks(s: Snapshot): Decision | null {
  const failed = failedSubtasks(s.subtasks)
  if (failed.length === 0) return null
  return askPerson(s, 'subtask_failed', `Subtasks it needs were not completed: ${namesOf(failed)}.`)
}

/** Merged by somebody: it is completed when its blocking subtasks are finished, whatever came of them; then null. */
export function judgeOpenSubtasksOfMerged(s: Snapshot, number: number): Decision | null {
  const open = openSubtasks(s.subtasks)
  // Its end cancels what of them is left.
  if (open.length === 0 || s.run.intent === 'cancel') return null
  return wait(
    'subtask',
    'subtasks_open',
    `Pull request #${number} is merged, but subtasks are unfinished: ${namesOf(open)}.`,
    ['Those subtasks end.', 'Cancel the task, and those subtasks with it.'],
    lookLater(s),
  )
}
