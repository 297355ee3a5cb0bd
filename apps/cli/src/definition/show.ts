import { isDefinition } from '@optio/contract/task-kind'
import type { Action } from '../act.ts'
import type { ApiClient, QueryOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { EXIT } from '../exit-codes.ts'
import { withoutGaps } from '../fields.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { type Column, writeFields, writeTable } from '../terminal/table.ts'
import { ago, dollars, duration, shortId } from '../terminal/words.ts'
import { type Definition, type DefinitionType, getDefinition, nounOf } from './find.ts'

interface ListOptions {
  readonly repo?: string
  readonly agent?: string
  readonly search?: string
  readonly limit?: number
  readonly cursor?: string
}

type Query = QueryOf<ApiClient['tasks']['list']>

/** `optio blueprint list` and `optio standalone list`. */
export function list(type: DefinitionType): Action {
  return async (cli: Cli, options: ListOptions) => {
    const client = await cli.client()
    const repo = options.repo === undefined ? undefined : await findRepo(cli, client, options.repo)
    const query = {
      type,
      repoUrl: repo?.repoUrl,
      agentType: options.agent,
      q: options.search,
      limit: options.limit,
      cursor: options.cursor,
    }
    const page = await client.tasks.list({ query: withoutGaps(query) as Query })
    if (cli.json) return await printJson(cli, page)
    const noun = nounOf(type)
    const command = type === 'standalone' ? 'standalone' : 'blueprint'
    if (page.tasks.length === 0) {
      return await note(cli, `There is no ${noun}. \`optio ${command} create\` makes one.`)
    }
    await writeTable(cli.out, cli.colors, page.tasks.filter(isDefinition), columnsOf(cli))
    if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
  }
}

function columnsOf({ colors }: Cli): Column<Definition>[] {
  return [
    { title: 'ID', text: ({ id }) => shortId(id), paint: colors.cyan },
    { title: 'NAME', text: ({ name }) => name, shrinksTo: 12 },
    {
      title: 'ENABLED',
      text: ({ enabled }) => (enabled ? 'yes' : 'no'),
      paint: (text, { enabled }) => (enabled ? text : colors.dim(text)),
    },
    { title: 'NEXT RUN', text: ({ nextFireAt }) => nextFireAt ?? '' },
    { title: 'AGENT', text: ({ agentType }) => agentType ?? '', shrinksTo: 8 },
    {
      title: 'REPOSITORY',
      text: (each) => (each.type === 'standalone' ? '' : (each.repoUrl.split('/').at(-1) ?? '')),
      shrinksTo: 8,
    },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt) },
  ]
}

/** `optio blueprint show` and `optio standalone show`. */
export function show(type: DefinitionType): Action {
  return async (cli: Cli, given: string) => {
    const client = await cli.client()
    const definition = await getDefinition(client, given, type)
    if (cli.json) return await printJson(cli, await client.tasks.get({ params: { id: definition.id } }))
    await showDefinition(cli, definition)
  }
}

export async function showDefinition(cli: Cli, definition: Definition): Promise<void> {
  const { budgetUsd, maxTurns, paramsSchema, metadata } = definition
  await writeFields(cli.out, cli.colors, [
    ['name', definition.name],
    ['id', definition.id],
    ['type', definition.type],
    ['enabled', definition.enabled ? 'yes' : 'no'],
    ['title', definition.title],
    ['description', definition.description],
    ...placeOf(definition),
    ['model', definition.model],
    ['priority', String(definition.priority)],
    ['budget', budgetUsd === null ? null : dollars(budgetUsd)],
    ['max turns', maxTurns?.toString()],
    ['max retries', String(definition.maxRetries)],
    ['next run', definition.nextFireAt],
    ['created', `${definition.createdAt} (${ago(definition.createdAt)} ago) by ${definition.createdBy}`],
    ['metadata', Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata)],
    ['parameters', paramsSchema === null ? null : JSON.stringify(paramsSchema, null, 2)],
    ['prompt', definition.prompt],
  ])
}

type Field = readonly [name: string, value: string | null | undefined]

function placeOf(definition: Definition): Field[] {
  if (definition.type === 'repo-blueprint') {
    return [
      ['repository', definition.repoUrl],
      ['branch', definition.repoBranch],
      ['agent', definition.agentType],
    ]
  }
  const { agentCommand, environmentSpec } = definition
  const { setupCommands, env, maxAttemptMs, stallThresholdMs } = environmentSpec ?? {}
  const variables = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`)
  return [
    ['agent', definition.agentType],
    ['agent command', agentCommand === null ? null : JSON.stringify(agentCommand)],
    ['at once', String(definition.maxConcurrent)],
    ['setup', setupCommands],
    ['env', variables.join('\n')],
    ['max time', maxAttemptMs === undefined ? null : duration(maxAttemptMs)],
    ['stall after', stallThresholdMs === undefined ? null : duration(stallThresholdMs)],
  ]
}

/** `optio blueprint delete` and `optio standalone delete`. */
export function remove(type: DefinitionType): Action {
  return async (cli: Cli, given: string, options: { readonly yes?: boolean }) => {
    const client = await cli.client()
    const { id, name } = await getDefinition(client, given, type)
    const what =
      type === 'standalone'
        ? 'with its triggers, its runs and their logs'
        : 'with its triggers (its tasks stay)'
    const sure = options.yes === true || (await confirm(cli, `Delete “${name}” ${what}?`))
    if (!sure) throw new CliError(EXIT.REFUSED, 'NOT_CONFIRMED', 'Nothing was deleted.')
    await client.tasks.remove({ params: { id } })
    if (!cli.json) await note(cli, 'Deleted.')
  }
}
