import type { AnyTask, Attempt, Client, LogEntry, Task, TaskEvent } from '@optio/contract'
import { until } from './until.ts'

/** The whole log of a task, page by page. */
export async function readLog(client: Client, taskId: string): Promise<LogEntry[]> {
  const all: LogEntry[] = []
  for (;;) {
    const after = all.at(-1)?.seq ?? 0
    const { logs, hasMore } = await client.logs.list({
      params: { id: taskId },
      query: { after, limit: 1000 },
    })
    all.push(...logs)
    if (!hasMore || logs.length === 0) return all
  }
}

export async function attemptsOf(client: Client, taskId: string): Promise<Attempt[]> {
  return (await client.tasks.attempts({ params: { id: taskId } })).attempts
}

export async function historyOf(client: Client, taskId: string): Promise<TaskEvent[]> {
  return (await client.tasks.events({ params: { id: taskId } })).events
}

export async function detailOf(client: Client, taskId: string) {
  const detail = await client.tasks.get({ params: { id: taskId } })
  return { ...detail, task: asRun(detail.task) }
}

/** A definition has no state; throws when it is one. */
export function asRun(task: AnyTask): Task {
  if (task.type === 'repo-task' || task.type === 'standalone-run') return task
  throw new Error(`${task.id} is a definition`)
}

/** Waits for a state; at the deadline it says where the task stands and why. */
export async function awaitState(
  client: Client,
  taskId: string,
  states: Task['state'] | readonly Task['state'][],
  withinMs = 60_000,
): Promise<Task> {
  const wanted = [states].flat()
  const end = performance.now() + withinMs
  return await until(
    `${wanted.join(' or ')} of ${taskId}`,
    async () => {
      const { task } = await detailOf(client, taskId)
      const finished = ['completed', 'failed', 'cancelled'].includes(task.state)
      if (wanted.includes(task.state)) return task
      if (finished || performance.now() > end)
        throw new Error(await story(client, taskId, wanted.join(' or ')))
      return null
    },
    { withinMs: withinMs + 5_000, everyMs: 50 },
  )
}

/** Waits until the reason why a task waits says something. */
export async function awaitWords(
  client: Client,
  taskId: string,
  words: RegExp,
  withinMs = 60_000,
): Promise<string> {
  let seen: string | null = null
  return await until(
    `words like ${words} from ${taskId}`,
    async () => {
      seen = (await detailOf(client, taskId)).pendingReason
      return seen !== null && words.test(seen) ? seen : null
    },
    { withinMs, everyMs: 50, seen: () => story(client, taskId, String(words)) },
  )
}

async function story(client: Client, taskId: string, wanted: string): Promise<string> {
  const { task, pendingReason } = await detailOf(client, taskId)
  const history = await historyOf(client, taskId)
  const attempts = await attemptsOf(client, taskId)
  return [
    `Wanted ${wanted}, but “${task.title}” (${taskId}) is ${task.state}: ${pendingReason ?? task.errorMessage ?? ''}`,
    ...attempts.map(
      (a) => `  attempt ${a.number} ${a.reason} ${a.state} ${a.exitCode} ${a.errorMessage ?? ''}`,
    ),
    ...history.map((e) => `  ${e.createdAt} ${e.fromState} -> ${e.toState} ${e.trigger}: ${e.message}`),
  ].join('\n')
}
