import type { TaskTemplate } from '@optio/contract'
import type { Cli } from '../cli.ts'
import { withoutGaps } from '../fields.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { writeFields, writeTable } from '../terminal/table.ts'
import { ago, shortId } from '../terminal/words.ts'
import { findTemplate } from './find.ts'

interface ListOptions {
  readonly repo?: string
  readonly limit?: number
  readonly cursor?: string
}

export async function list(cli: Cli, { repo, limit, cursor }: ListOptions): Promise<void> {
  const client = await cli.client()
  const repoUrl = repo === undefined ? undefined : (await findRepo(cli, client, repo)).repoUrl
  const page = await client.taskTemplates.list({ query: withoutGaps({ repoUrl, limit, cursor }) })
  if (cli.json) return await printJson(cli, page)
  if (page.templates.length === 0) {
    return await note(cli, 'No task templates. `optio task-template create` makes one.')
  }
  const { colors } = cli
  await writeTable<TaskTemplate>(cli.out, colors, page.templates, [
    { title: 'ID', text: ({ id }) => shortId(id), paint: colors.cyan },
    { title: 'NAME', text: ({ name }) => name, shrinksTo: 12 },
    { title: 'TITLE', text: ({ title }) => title ?? '', shrinksTo: 12 },
    { title: 'REPOSITORY', text: ({ repoUrl }) => repoUrl?.split('/').at(-1) ?? '', shrinksTo: 8 },
    { title: 'AGENT', text: ({ agentType }) => agentType ?? '' },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt) },
  ])
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

export async function show(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const template = await findTemplate(client, given)
  if (cli.json) return await printJson(cli, { template })
  await showTemplate(cli, template)
}

export async function showTemplate(cli: Cli, template: TaskTemplate): Promise<void> {
  const { metadata } = template
  await writeFields(cli.out, cli.colors, [
    ['name', template.name],
    ['id', template.id],
    ['title', template.title],
    ['repository', template.repoUrl],
    ['agent', template.agentType],
    ['priority', template.priority?.toString()],
    ['metadata', Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata)],
    ['created', `${template.createdAt} (${ago(template.createdAt)} ago) by ${template.createdBy}`],
    ['prompt', template.prompt],
  ])
}
