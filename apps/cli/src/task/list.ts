import type { AnyTask } from '@optio/contract'
import { isDefinition } from '@optio/contract/task-kind'
import type { ApiClient, QueryOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { withoutGaps } from '../fields.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { writeTable } from '../terminal/table.ts'
import { ago, dollars, paintState, shortId } from '../terminal/words.ts'
import { findTaskId } from './find.ts'

interface ListOptions {
  readonly type?: string
  readonly state?: string[]
  readonly waitingOn?: string[]
  readonly repo?: string
  readonly agent?: string
  readonly search?: string
  readonly since?: string
  readonly until?: string
  readonly by?: string
  readonly parent?: string
  readonly limit?: number
  readonly cursor?: string
}

type Query = QueryOf<ApiClient['tasks']['list']>

export async function list(cli: Cli, options: ListOptions): Promise<void> {
  const client = await cli.client()
  const repoUrl = options.repo === undefined ? undefined : (await findRepo(cli, client, options.repo)).repoUrl
  const parentTaskId = options.parent === undefined ? undefined : await findTaskId(client, options.parent)
  const query = {
    type: options.type,
    state: options.state,
    waitingOn: options.waitingOn,
    repoUrl,
    agentType: options.agent,
    q: options.search,
    since: options.since,
    until: options.until,
    createdBy: options.by,
    parentTaskId,
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
  const showsTypes = options.type !== undefined && options.type !== 'repo-task'
  await writeTable<AnyTask>(cli.out, colors, page.tasks, [
    { title: 'ID', text: ({ id }) => shortId(id), paint: colors.cyan },
    ...(showsTypes ? [{ title: 'TYPE', text: ({ type }: AnyTask) => type }] : []),
    {
      title: 'STATE',
      text: stateOf,
      paint: (text, each) => (isDefinition(each) ? colors.dim(text) : paintState(colors, each.state)(text)),
    },
    { title: 'WAITS FOR', text: waitsFor },
    { title: 'TITLE', text: (each) => (isDefinition(each) ? each.name : each.title), shrinksTo: 12 },
    {
      title: 'REPOSITORY',
      text: (each) => (each.type === 'standalone' ? '' : (each.repoUrl?.split('/').at(-1) ?? '')),
      shrinksTo: 8,
    },
    { title: 'COST', text: (each) => (isDefinition(each) ? '' : dollars(each.costUsd)) },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt) },
  ])
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

function stateOf(task: AnyTask): string {
  if (!isDefinition(task)) return task.state
  return task.enabled ? 'enabled' : 'disabled'
}

function waitsFor(task: AnyTask): string {
  if (isDefinition(task)) return ''
  return task.waitingOn === null || task.waitingOn === 'nothing' ? '' : task.waitingOn
}
