import { basename, extname } from 'node:path'
import { showControls } from '@optio/contract/text'
import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError, usage } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { EXIT } from '../exit-codes.ts'
import { orNothing, withoutGaps } from '../fields.ts'
import { readJsonObject, readText } from '../input.ts'
import { readParams } from '../params.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { findTemplateId, getTemplate } from './find.ts'
import { showTemplate, writeText } from './show.ts'

interface Settings {
  readonly name?: string
  readonly kind?: string
  readonly description?: string
  readonly repo?: string
  readonly agent?: string
  readonly paramsSchema?: string
  readonly default?: boolean
}

type CreateBody = BodyOf<ApiClient['promptTemplates']['create']>
type EditBody = BodyOf<ApiClient['promptTemplates']['edit']>
type TextBody = BodyOf<ApiClient['promptTemplates']['previewText']>

export async function create(cli: Cli, file: string, options: Settings): Promise<void> {
  const template = await readText(cli, file)
  const name = options.name ?? basename(file, extname(file))
  if (name === '-') throw usage('Text from standard input needs --name.')
  const client = await cli.client()
  const fields = await fieldsOf(cli, client, options)
  const answer = await client.promptTemplates.create({ body: { ...fields, name, template } as CreateBody })
  if (cli.json) return await printJson(cli, answer)
  await cli.out.write(`${answer.template.id}\n`)
  const used = answer.template.isDefault ? 'Agents are given it' : 'Nobody is given it yet: it is no default'
  await note(cli, showControls(`The template “${answer.template.name}” is created. ${used}.`))
}

export async function edit(
  cli: Cli,
  given: string,
  { file, ...options }: Settings & { readonly file?: string },
): Promise<void> {
  const client = await cli.client()
  const id = await findTemplateId(client, given)
  const text = file === undefined ? undefined : await readText(cli, file)
  const body = { ...(await fieldsOf(cli, client, options)), ...withoutGaps({ template: text }) }
  if (Object.keys(body).length === 0) throw usage('Say what is to be changed; --help lists the options.')
  const answer = await client.promptTemplates.edit({ params: { id }, body: body as EditBody })
  if (cli.json) return await printJson(cli, answer)
  await showTemplate(cli, answer.template)
}

async function fieldsOf(cli: Cli, client: ApiClient, options: Settings): Promise<Record<string, unknown>> {
  const { repo, paramsSchema: schema } = options
  return withoutGaps({
    name: options.name,
    kind: options.kind,
    description: orNothing(options.description),
    // Empty: for all of them.
    repoUrl:
      repo === undefined || repo === '' ? orNothing(repo) : (await findRepo(cli, client, repo)).repoUrl,
    defaultAgentType: orNothing(options.agent),
    paramsSchema:
      schema === undefined || schema === '' ? orNothing(schema) : await readJsonObject(cli, schema),
    isDefault: options.default,
  })
}

interface PreviewOptions {
  readonly params?: string
  readonly kind?: string
}

export async function preview(
  cli: Cli,
  given: string,
  words: readonly string[],
  options: PreviewOptions,
): Promise<void> {
  const client = await cli.client()
  const { template } = await getTemplate(client, given)
  const params = await readParams(cli, words, options.params, template.paramsSchema)
  const answer = await client.promptTemplates.preview({
    params: { id: template.id },
    body: params === undefined ? {} : { params },
  })
  if (cli.json) return await printJson(cli, answer)
  await writeText(cli, answer.rendered)
}

export async function previewText(
  cli: Cli,
  file: string,
  words: readonly string[],
  options: PreviewOptions,
): Promise<void> {
  const template = await readText(cli, file)
  const params = await readParams(cli, words, options.params, null)
  const client = await cli.client()
  const body = { template, ...withoutGaps({ kind: options.kind, params }) } as TextBody
  const answer = await client.promptTemplates.previewText({ body })
  if (cli.json) return await printJson(cli, answer)
  await writeText(cli, answer.rendered)
}

export async function remove(cli: Cli, given: string, options: { readonly yes?: boolean }): Promise<void> {
  const client = await cli.client()
  const { template } = await getTemplate(client, given)
  const sure = options.yes === true || (await confirm(cli, `Delete the template “${template.name}”?`))
  if (!sure) throw new CliError(EXIT.REFUSED, 'NOT_CONFIRMED', 'Nothing was deleted.')
  await client.promptTemplates.remove({ params: { id: template.id } })
  if (!cli.json) await note(cli, 'Deleted.')
}
