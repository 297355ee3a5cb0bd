import { showControls } from '@optio/contract/text'
import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError, usage } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { EXIT } from '../exit-codes.ts'
import { orNothing, withoutGaps } from '../fields.ts'
import { readJsonObject, readPrompt, readStdin } from '../input.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { findTemplate } from './find.ts'
import { showTemplate } from './show.ts'

interface Settings {
  readonly name?: string
  readonly title?: string
  readonly repo?: string
  readonly agent?: string
  readonly priority?: number | ''
  readonly metadata?: string
}

type CreateBody = BodyOf<ApiClient['taskTemplates']['create']>
type EditBody = BodyOf<ApiClient['taskTemplates']['edit']>

export async function create(cli: Cli, words: readonly string[], options: Settings): Promise<void> {
  const client = await cli.client()
  const fields = await fieldsOf(cli, client, options)
  const prompt = await readPrompt(cli, words)
  const answer = await client.taskTemplates.create({ body: { ...fields, prompt } as CreateBody })
  if (cli.json) return await printJson(cli, answer)
  const { id, name } = answer.template
  await cli.out.write(`${id}\n`)
  await note(cli, showControls(`The task template “${name}” is created: optio task new --template ${id}`))
}

export async function edit(
  cli: Cli,
  given: string,
  { prompt, ...options }: Settings & { readonly prompt?: string },
): Promise<void> {
  const client = await cli.client()
  const { id } = await findTemplate(client, given)
  const text = prompt === '-' ? await readStdin(cli) : prompt
  const body = { ...(await fieldsOf(cli, client, options)), ...withoutGaps({ prompt: text }) }
  if (Object.keys(body).length === 0) throw usage('Say what is to be changed; --help lists the options.')
  const answer = await client.taskTemplates.edit({ params: { id }, body: body as EditBody })
  if (cli.json) return await printJson(cli, answer)
  await showTemplate(cli, answer.template)
}

async function fieldsOf(cli: Cli, client: ApiClient, options: Settings): Promise<Record<string, unknown>> {
  const { repo, metadata } = options
  return withoutGaps({
    name: options.name,
    title: orNothing(options.title),
    // Empty: for any of them.
    repoUrl:
      repo === undefined || repo === '' ? orNothing(repo) : (await findRepo(cli, client, repo)).repoUrl,
    agentType: orNothing(options.agent),
    priority: orNothing(options.priority),
    metadata: metadata === undefined ? undefined : await readJsonObject(cli, metadata),
  })
}

export async function remove(cli: Cli, given: string, options: { readonly yes?: boolean }): Promise<void> {
  const client = await cli.client()
  const { id, name } = await findTemplate(client, given)
  const sure = options.yes === true || (await confirm(cli, `Delete the task template “${name}”?`))
  if (!sure) throw new CliError(EXIT.REFUSED, 'NOT_CONFIRMED', 'Nothing was deleted.')
  await client.taskTemplates.remove({ params: { id } })
  if (!cli.json) await note(cli, 'Deleted.')
}
