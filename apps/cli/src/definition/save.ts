import { isDefinition } from '@optio/contract/task-kind'
import { showControls } from '@optio/contract/text'
import type { Action } from '../act.ts'
import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { usage } from '../cli-error.ts'
import { readPrompt, readStdin } from '../input.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { type DefinitionOptions, fieldsOf } from './body.ts'
import { type DefinitionType, getDefinition, nounOf } from './find.ts'
import { showDefinition } from './show.ts'

type CreateBody = BodyOf<ApiClient['tasks']['create']>
type EditBody = BodyOf<ApiClient['tasks']['edit']>

interface CreateOptions extends DefinitionOptions {
  readonly disabled?: boolean
}

/** `optio blueprint create` and `optio standalone create`. */
export function create(type: DefinitionType): Action {
  return async (cli: Cli, words: readonly string[], options: CreateOptions) => {
    const client = await cli.client()
    const fields = await fieldsOf(cli, client, options, null)
    // As with a task, the repository is that of the current directory.
    if (type === 'repo-blueprint' && fields.repoUrl === undefined) {
      fields.repoUrl = (await findRepo(cli, client, undefined)).repoUrl
    }
    const inFile = fields.prompt !== undefined || fields.promptTemplate !== undefined
    if (words.length > 0 || !inFile) fields.prompt = await readPrompt(cli, words)
    if (options.disabled) fields.enabled = false
    const answer = await client.tasks.create({ body: { ...fields, type } as CreateBody })
    if (cli.json) return await printJson(cli, answer)
    if (!isDefinition(answer.task)) throw new TypeError(`A ${nounOf(type)} was asked for.`)
    await cli.out.write(`${answer.task.id}\n`)
    const start = answer.task.enabled ? '`optio run start` runs it.' : 'It is disabled.'
    await note(cli, showControls(`The ${nounOf(type)} “${answer.task.name}” is created. ${start}`))
  }
}

interface EditOptions extends DefinitionOptions {
  readonly prompt?: string
}

/** `optio blueprint edit` and `optio standalone edit`. */
export function edit(type: DefinitionType): Action {
  return async (cli: Cli, given: string, { prompt, ...options }: EditOptions) => {
    const client = await cli.client()
    const before = await getDefinition(client, given, type)
    const spec = before.type === 'standalone' ? before.environmentSpec : null
    const fields = await fieldsOf(cli, client, options, spec)
    if (prompt !== undefined) fields.prompt = prompt === '-' ? await readStdin(cli) : prompt
    if (Object.keys(fields).length === 0) throw usage('Say what is to be changed; --help lists the options.')
    const answer = await client.tasks.edit({ params: { id: before.id }, body: fields as EditBody })
    if (cli.json) return await printJson(cli, answer)
    if (isDefinition(answer.task)) await showDefinition(cli, answer.task)
  }
}

/** Enables or disables: a definition that is disabled is run by nobody. */
export function switchTo(type: DefinitionType, enabled: boolean): Action {
  return async (cli: Cli, given: string) => {
    const client = await cli.client()
    const { id } = await getDefinition(client, given, type)
    const answer = await client.tasks.edit({ params: { id }, body: { enabled } })
    if (cli.json) return await printJson(cli, answer)
    if (!isDefinition(answer.task)) return
    const { name } = answer.task
    await note(cli, showControls(`“${name}” is ${enabled ? 'enabled' : 'disabled: nothing runs it'}.`))
  }
}
