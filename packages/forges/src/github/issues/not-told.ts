import { NoAnswer } from '../../no-answer.ts'
import type { RestAnswer } from '../http/client.ts'
import { refusedBy } from '../refused.ts'

/** The error of a question that GitHub did not answer, whatever its status: what was not told is not known. */
export function notTold(answer: RestAnswer<unknown>, what: string, permission: string): NoAnswer {
  const error = refusedBy(answer, what, permission)
  return error instanceof NoAnswer ? error : new NoAnswer('failing', error.message)
}
