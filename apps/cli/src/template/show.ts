import type { EffectiveTemplate, PromptTemplate } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { ApiClient, QueryOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { withoutGaps } from '../fields.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { writeFields, writeTable } from '../terminal/table.ts'
import { ago, shortId } from '../terminal/words.ts'
import { getTemplate } from './find.ts'

interface ListOptions {
  readonly kind?: string
  readonly repo?: string
  readonly limit?: number
  readonly cursor?: string
}

type ListQuery = QueryOf<ApiClient['promptTemplates']['list']>
type EffectiveQuery = QueryOf<ApiClient['promptTemplates']['effective']>

export async function list(cli: Cli, { kind, repo, limit, cursor }: ListOptions): Promise<void> {
  const client = await cli.client()
  const repoUrl = repo === undefined ? undefined : (await findRepo(cli, client, repo)).repoUrl
  const query = withoutGaps({ kind, repoUrl, limit, cursor }) as ListQuery
  const page = await client.promptTemplates.list({ query })
  if (cli.json) return await printJson(cli, page)
  if (page.templates.length === 0) {
    return await note(cli, 'No prompt templates: agents are told in the built-in words.')
  }
  const { colors } = cli
  await writeTable<PromptTemplate>(cli.out, colors, page.templates, [
    { title: 'ID', text: ({ id }) => shortId(id), paint: colors.cyan },
    { title: 'KIND', text: ({ kind }) => kind },
    { title: 'DEFAULT', text: ({ isDefault }) => (isDefault ? 'yes' : 'no') },
    { title: 'NAME', text: ({ name }) => name, shrinksTo: 12 },
    { title: 'REPOSITORY', text: ({ repoUrl }) => repoUrl?.split('/').at(-1) ?? 'all', shrinksTo: 8 },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt) },
  ])
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

export async function show(cli: Cli, given: string, options: { readonly text?: boolean }): Promise<void> {
  const client = await cli.client()
  const answer = await getTemplate(client, given)
  if (cli.json) return await printJson(cli, answer)
  if (options.text) return await writeText(cli, answer.template.template)
  await showTemplate(cli, answer.template)
}

export async function showTemplate(cli: Cli, template: PromptTemplate): Promise<void> {
  const { paramsSchema } = template
  await writeFields(cli.out, cli.colors, [
    ['name', template.name],
    ['id', template.id],
    ['kind', template.kind],
    ['default', template.isDefault ? 'yes' : 'no'],
    ['repository', template.repoUrl ?? 'all'],
    ['description', template.description],
    ['agent', template.defaultAgentType],
    ['created', `${template.createdAt} (${ago(template.createdAt)} ago) by ${template.createdBy}`],
    ['parameters', paramsSchema === null ? null : JSON.stringify(paramsSchema, null, 2)],
    ['template', template.template],
  ])
}

/** A text as it is, to be read or kept in a file. */
export async function writeText(cli: Cli, text: string): Promise<void> {
  await cli.out.write(`${showControls(text.replace(/\n$/, ''), { lines: true })}\n`)
}

const SOURCES: Readonly<Record<EffectiveTemplate['source'], string>> = {
  repository_setting: 'the setting of the repository',
  repository: 'the default of the repository',
  workspace: 'the default of all repositories',
  built_in: 'built in',
}

interface EffectiveOptions {
  readonly repo?: string
  readonly builtIn?: boolean
  readonly variables?: boolean
}

export async function effective(
  cli: Cli,
  kind: string | undefined,
  options: EffectiveOptions,
): Promise<void> {
  const client = await cli.client()
  const repoUrl = options.repo === undefined ? undefined : (await findRepo(cli, client, options.repo)).repoUrl
  const answer = await client.promptTemplates.effective({
    query: withoutGaps({ kind, repoUrl }) as EffectiveQuery,
  })
  if (cli.json) return await printJson(cli, answer)
  if (options.variables) {
    return await writeTable(cli.out, cli.colors, answer.variables, [
      { title: 'NAME', text: ({ name }) => name },
      { title: 'WHAT IT IS', text: ({ description }) => description, shrinksTo: 20 },
      { title: 'EXAMPLE', text: ({ example }) => example, shrinksTo: 12 },
    ])
  }
  if (options.builtIn) return await writeText(cli, answer.builtIn)
  await note(cli, showControls(`“${answer.template.name}”: ${SOURCES[answer.source]}`))
  await writeText(cli, answer.template.template)
}
