import type { Task } from '@optio/contract'
import { EXIT, type ExitCode } from '../exit-codes.ts'

/** What the state of a task means to a script that waits for it; null while there is more to wait for. */
export function outcomeOf(task: Pick<Task, 'state' | 'waitingOn'>): ExitCode | null {
  switch (task.state) {
    case 'completed':
      return EXIT.OK
    case 'failed':
      return EXIT.TASK_FAILED
    case 'cancelled':
      return EXIT.TASK_CANCELLED
    case 'needs_attention':
      return EXIT.NEEDS_PERSON
    default:
      return task.waitingOn === 'person' ? EXIT.NEEDS_PERSON : null
  }
}

export function isFinished(state: Task['state']): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled'
}
