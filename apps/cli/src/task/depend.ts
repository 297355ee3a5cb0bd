import type { Dependency, Task } from '@optio/contract'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { isId, matching, onlyOne } from '../ids.ts'
import { note, printJson } from '../print.ts'
import { writeTable } from '../terminal/table.ts'
import { paintState, shortId } from '../terminal/words.ts'
import { findTaskId } from './find.ts'

export async function add(cli: Cli, given: string, others: readonly string[]): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const dependsOnIds: string[] = []
  for (const each of others) dependsOnIds.push(await findTaskId(client, each))
  const answer = await client.dependencies.add({ params: { id }, body: { dependsOnIds } })
  if (cli.json) return await printJson(cli, answer)
  await write(cli, answer.dependencies)
}

export async function list(
  cli: Cli,
  given: string,
  options: { readonly dependents?: boolean },
): Promise<void> {
  const client = await cli.client()
  const params = { id: await findTaskId(client, given) }
  if (options.dependents) {
    const answer = await client.dependencies.dependents({ params })
    if (cli.json) return await printJson(cli, answer)
    if (answer.dependents.length === 0) return await note(cli, 'No task waits for it.')
    return await write(cli, answer.dependents)
  }
  const answer = await client.dependencies.list({ params })
  if (cli.json) return await printJson(cli, answer)
  if (answer.dependencies.length === 0) return await note(cli, 'It waits for no other task.')
  await write(cli, answer.dependencies)
}

type Row = Pick<Task, 'id' | 'title' | 'state'> & Partial<Pick<Dependency, 'deleted'>>

async function write(cli: Cli, rows: readonly Row[]): Promise<void> {
  const { colors } = cli
  await writeTable<Row>(cli.out, colors, rows, [
    { title: 'ID', text: ({ id }) => shortId(id), paint: colors.cyan },
    {
      title: 'STATE',
      text: ({ state, deleted }) => (deleted ? 'deleted' : state),
      paint: (text, { state }) => paintState(colors, state)(text),
    },
    { title: 'TITLE', text: ({ title }) => title, shrinksTo: 12 },
  ])
}

export async function remove(cli: Cli, given: string, other: string): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const depId = await findDependency(client, id, other)
  await client.dependencies.remove({ params: { id, depId } })
  if (!cli.json) await note(cli, 'It no longer waits for that.')
}

/** Among those it has: one whose task was deleted is found by nothing else. */
async function findDependency(client: ApiClient, id: string, given: string): Promise<string> {
  if (isId(given)) return given.toLowerCase()
  const { dependencies } = await client.dependencies.list({ params: { id } })
  return onlyOne(matching(dependencies, given), given, {
    noun: 'dependency',
    plural: 'dependencies',
    code: 'DEPENDENCY_NOT_FOUND',
    command: `optio task depend list ${id}`,
  }).id
}
