import type { Task } from '@optio/contract'
import { executedOnly } from '@optio/contract/task-kind'
import type { ApiClient } from '../api.ts'
import { CliError, usage } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const PART = /^[0-9a-f-]{4,36}$/i
/** Hexadecimal digits that nobody meets twice by accident: the search ends at the first match. */
const UNMISTAKABLE = 8
const PAGE = 1000

/**
 * The id of a task of which the beginning or the end was given. Looks through the tasks, newest first.
 * Throws when there is none, or when several match.
 */
export async function findTaskId(client: ApiClient, given: string): Promise<string> {
  if (UUID.test(given)) return given.toLowerCase()
  if (!PART.test(given)) {
    throw usage(
      `“${given}” is no id of a task: give at least 4 characters of its beginning or its end, as \`optio task list\` shows them.`,
    )
  }
  const part = given.toLowerCase().replaceAll('-', '')
  const matches: Task[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await client.tasks.list({ query: { limit: PAGE, ...(cursor ? { cursor } : {}) } })
    matches.push(...executedOnly(page.tasks).filter(({ id }) => matchesPart(id, part)))
    const sure = part.length >= UNMISTAKABLE && matches.length > 0
    if (sure || matches.length > 1 || !page.hasMore || page.nextCursor === null) break
    cursor = page.nextCursor
  }
  const [only, ...others] = matches
  if (only === undefined) {
    throw new CliError(
      EXIT.NOT_FOUND,
      'TASK_NOT_FOUND',
      `There is no task whose id begins or ends with ${given}. \`optio task list\` shows them.`,
    )
  }
  if (others.length > 0) {
    const some = matches.slice(0, 5).map(({ id, title }) => `\n  ${id}  ${title}`)
    throw usage(`Several tasks match ${given}; give more of the id:${some.join('')}`)
  }
  return only.id
}

function matchesPart(id: string, part: string): boolean {
  const digits = id.replaceAll('-', '')
  return digits.startsWith(part) || digits.endsWith(part)
}
