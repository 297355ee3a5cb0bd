import type { Task } from '@optio/contract'
import { executedOnly } from '@optio/contract/task-kind'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { writeTable } from '../terminal/table.ts'
import { ago, dollars, paintState, shortId } from '../terminal/words.ts'

interface ListOptions {
  readonly state?: string[]
  readonly waitingOn?: string[]
  readonly repo?: string
  readonly agent?: string
  readonly search?: string
  readonly limit?: number
  readonly cursor?: string
}

type Query = NonNullable<NonNullable<Parameters<ApiClient['tasks']['list']>[0]>['query']>

export async function list(cli: Cli, options: ListOptions): Promise<void> {
  const client = await cli.client()
  const repoUrl = options.repo === undefined ? undefined : (await findRepo(cli, client, options.repo)).repoUrl
  const query = {
    state: options.state,
    waitingOn: options.waitingOn,
    repoUrl,
    agentType: options.agent,
    q: options.search,
    limit: options.limit,
    cursor: options.cursor,
  }
  // Whether these are states and such is the server's to say: it names those there are.
  const page = await client.tasks.list({ query: withoutGaps(query) as Query })
  if (cli.json) return await printJson(cli, page)
  if (page.tasks.length === 0) {
    return await note(cli, 'No tasks. `optio task new` gives one to an agent.')
  }
  const { colors } = cli
  await writeTable<Task>(cli.out, colors, executedOnly(page.tasks), [
    { title: 'ID', text: ({ id }) => shortId(id), paint: colors.cyan },
    {
      title: 'STATE',
      text: ({ state }) => state,
      paint: (text, { state }) => paintState(colors, state)(text),
    },
    {
      title: 'WAITS FOR',
      text: ({ waitingOn }) => (waitingOn === null || waitingOn === 'nothing' ? '' : waitingOn),
    },
    { title: 'TITLE', text: ({ title }) => title, shrinksTo: 12 },
    { title: 'REPOSITORY', text: ({ repoUrl }) => repoUrl?.split('/').at(-1) ?? '', shrinksTo: 8 },
    { title: 'COST', text: ({ costUsd }) => dollars(costUsd) },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt) },
  ])
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

function withoutGaps(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
