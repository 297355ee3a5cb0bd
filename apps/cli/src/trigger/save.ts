import type { Trigger } from '@optio/contract'
import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError, usage } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { findDefinitionId } from '../definition/find.ts'
import { EXIT } from '../exit-codes.ts'
import { orNothing, withoutGaps } from '../fields.ts'
import { readText } from '../input.ts'
import { note, printJson } from '../print.ts'
import { findTrigger } from './find.ts'
import { showTrigger } from './show.ts'

interface Settings {
  readonly timezone?: string
  readonly overlap?: string
  readonly missed?: string
  readonly secretFile?: string
  readonly map?: string[]
}

interface AddOptions extends Settings {
  readonly disabled?: boolean
  readonly label?: string[]
}

interface EditOptions extends Settings {
  readonly cron?: string
  readonly path?: string
  /** False: it loses the one it has. */
  readonly secret: boolean
}

type CreateBody = BodyOf<ApiClient['triggers']['create']>
type EditBody = BodyOf<ApiClient['triggers']['edit']>

export async function addManual(cli: Cli, given: string, options: AddOptions): Promise<void> {
  await add(cli, given, { type: 'manual' }, options)
}

export async function addSchedule(cli: Cli, given: string, cron: string, options: AddOptions): Promise<void> {
  const { timezone, overlap, missed } = options
  const config = withoutGaps({ cronExpression: cron, timezone, overlap, missed })
  await add(cli, given, { type: 'schedule', config }, options)
}

export async function addWebhook(cli: Cli, given: string, path: string, options: AddOptions): Promise<void> {
  const secret = await secretIn(cli, options.secretFile)
  const config = withoutGaps({ path, overlap: options.overlap, secret })
  await add(cli, given, { type: 'webhook', config }, options)
}

export async function addTicket(cli: Cli, given: string, source: string, options: AddOptions): Promise<void> {
  const config = withoutGaps({ source, labels: options.label })
  await add(cli, given, { type: 'ticket', config }, options)
}

async function add(
  cli: Cli,
  given: string,
  what: Readonly<Record<string, unknown>>,
  { map, disabled }: AddOptions,
): Promise<void> {
  const client = await cli.client()
  const id = await findDefinitionId(client, given)
  const settings = withoutGaps({ paramMapping: mappingOf(map), enabled: disabled ? false : undefined })
  // What a value may be is the server's to say: it names the field it refuses.
  const answer = await client.triggers.create({
    params: { id },
    body: { ...what, ...settings } as CreateBody,
  })
  if (cli.json) return await printJson(cli, answer)
  await showTrigger(cli, answer.trigger)
}

/** Settings of each type, and the fields of `config` that they are. */
const FIELDS: Readonly<Record<Trigger['type'], Readonly<Record<string, string>>>> = {
  manual: {},
  schedule: { cron: 'cronExpression', timezone: 'timezone', overlap: 'overlap', missed: 'missed' },
  webhook: { path: 'path', overlap: 'overlap', secretFile: 'secret', secret: 'secret' },
  ticket: {},
}

export async function edit(cli: Cli, definition: string, given: string, options: EditOptions): Promise<void> {
  const client = await cli.client()
  const trigger = await findTrigger(client, definition, given)
  const { map, ...settings } = options
  const config = await configOf(cli, trigger, settings)
  const body = withoutGaps({ config, paramMapping: mappingOf(map) })
  if (Object.keys(body).length === 0) throw usage('Say what is to be changed; --help lists the options.')
  await send(cli, client, trigger, body)
}

/** The configuration there is, with what was given over it; undefined when nothing of it was. */
async function configOf(
  cli: Cli,
  { type, config }: Trigger,
  { secret, secretFile, ...rest }: Omit<EditOptions, 'map'>,
): Promise<Record<string, unknown> | undefined> {
  const given: Record<string, unknown> = {
    ...rest,
    ...(secretFile === undefined ? {} : { secretFile: await secretIn(cli, secretFile) }),
    ...(secret ? {} : { secret: null }),
  }
  const names = Object.keys(withoutGaps(given))
  if (names.length === 0) return undefined
  const { hasSecret: _, ...before } = config
  const changed = names.map((name) => {
    const field = FIELDS[type][name]
    if (field === undefined) throw usage(`A trigger of type ${type} has no such setting: ${name}.`)
    const value = given[name]
    // An empty value takes one back: the field is left out.
    return [field, value === '' ? undefined : value] as const
  })
  return { ...before, ...Object.fromEntries(changed) }
}

export function switchTo(enabled: boolean) {
  return async (cli: Cli, definition: string, given: string): Promise<void> => {
    const client = await cli.client()
    const trigger = await findTrigger(client, definition, given)
    await send(cli, client, trigger, { enabled })
  }
}

async function send(
  cli: Cli,
  client: ApiClient,
  { id, targetId }: Trigger,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const params = { id: targetId, triggerId: id }
  const answer = await client.triggers.edit({ params, body: body as EditBody })
  if (cli.json) return await printJson(cli, answer)
  await showTrigger(cli, answer.trigger)
}

export async function remove(
  cli: Cli,
  definition: string,
  given: string,
  options: { readonly yes?: boolean },
): Promise<void> {
  const client = await cli.client()
  const { id, targetId, type } = await findTrigger(client, definition, given)
  const sure = options.yes === true || (await confirm(cli, `Remove this trigger (${type}) with its firings?`))
  if (!sure) throw new CliError(EXIT.REFUSED, 'NOT_CONFIRMED', 'Nothing was removed.')
  await client.triggers.remove({ params: { id: targetId, triggerId: id } })
  if (!cli.json) await note(cli, 'Removed; its runs stay.')
}

/** A secret comes from a file or standard input: whoever looks at this machine's processes sees their arguments. */
async function secretIn(cli: Cli, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  const secret = (await readText(cli, file)).replace(/\r?\n$/, '')
  if (secret === '') throw usage('The secret is empty.')
  return secret
}

/** `param=dot.path`; an empty word is none at all. */
function mappingOf(words: readonly string[] | undefined): Record<string, string> | null | undefined {
  if (words === undefined) return undefined
  if (words.length === 1 && orNothing(words[0]) === null) return null
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at <= 0) throw usage(`“${word}” is no mapping: write it as parameter=path.in.the.payload.`)
      return [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}
