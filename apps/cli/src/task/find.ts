import { executedOnly } from '@optio/contract/task-kind'
import type { ApiClient } from '../api.ts'
import { usage } from '../cli-error.ts'
import { definitionsOf } from '../definition/find.ts'
import { isId, isUnmistakable, matchesPart, type Named, onlyOne, pagesOf, partOfId } from '../ids.ts'

const TASKS = {
  noun: 'task with an id that begins or ends with',
  plural: 'tasks',
  code: 'TASK_NOT_FOUND',
  command: 'optio task list',
}

type Pages = AsyncIterable<readonly Named[]>

/**
 * The id of a task, a run or a review of which the beginning or the end was given. Looks through the tasks, newest first, and through
 * the runs of standalone tasks; reviews are in no list but that of their task, so they are looked for in what happened lately.
 * Throws when there is none, or when several match.
 */
export async function findTaskId(client: ApiClient, given: string): Promise<string> {
  if (isId(given)) return given.toLowerCase()
  const part = partOfId(given)
  if (part === null) {
    throw usage(
      `“${given}” is no id of a task: give at least 4 characters of its beginning or its end, as \`optio task list\` shows them.`,
    )
  }
  const matches = await search([repoTasks(client), standaloneRuns(client)], part)
  const found = matches.length > 0 ? matches : await search([lately(client)], part)
  return onlyOne(found, given, TASKS).id
}

/** Ends as soon as it is clear which one is meant, or that several may be. */
async function search(sources: readonly Pages[], part: string): Promise<Named[]> {
  const matches = new Map<string, Named>()
  for (const pages of sources) {
    for await (const page of pages) {
      for (const each of page) if (matchesPart(each.id, part)) matches.set(each.id, each)
      if (matches.size > (isUnmistakable(part) ? 0 : 1)) return [...matches.values()]
    }
  }
  return [...matches.values()]
}

function repoTasks(client: ApiClient): Pages {
  return pagesOf(async (page) => {
    const { tasks, ...rest } = await client.tasks.list({ query: page })
    return { things: executedOnly(tasks), ...rest }
  })
}

async function* standaloneRuns(client: ApiClient): Pages {
  for (const { id } of await definitionsOf(client, 'standalone')) {
    yield* pagesOf(async (query) => {
      const { runs, ...rest } = await client.runs.list({ params: { id }, query })
      return { things: runs, ...rest }
    })
  }
}

/** How far back is looked. */
const LATELY = 10

async function* lately(client: ApiClient): Pages {
  let left = LATELY
  const pages = pagesOf(async (query) => {
    const { activity, ...rest } = await client.activity.all({ query })
    const things = activity.flatMap(({ taskId, title }) =>
      taskId === null ? [] : [{ id: taskId, title: title ?? '' }],
    )
    return { things, ...rest }
  })
  for await (const page of pages) {
    yield page
    left -= 1
    if (left === 0) return
  }
}
