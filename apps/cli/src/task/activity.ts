import type { Activity } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { Cli } from '../cli.ts'
import { withoutGaps } from '../fields.ts'
import { note, printJson } from '../print.ts'
import { shortId } from '../terminal/words.ts'
import { findTaskId } from './find.ts'

interface Options {
  readonly people?: boolean
  readonly limit?: number
  readonly cursor?: string
}

const queryOf = ({ people, limit, cursor }: Options) =>
  withoutGaps({ byPeople: people ? 1 : undefined, limit, cursor })

export async function ofTask(cli: Cli, given: string, options: Options): Promise<void> {
  const client = await cli.client()
  const params = { id: await findTaskId(client, given) }
  await write(cli, await client.activity.ofTask({ params, query: queryOf(options) }), false)
}

/** `optio activity` */
export async function all(cli: Cli, options: Options): Promise<void> {
  const client = await cli.client()
  await write(cli, await client.activity.all({ query: queryOf(options) }), true)
}

interface Page {
  readonly activity: readonly Activity[]
  readonly hasMore: boolean
  readonly nextCursor: string | null
}

async function write(cli: Cli, page: Page, names: boolean): Promise<void> {
  if (cli.json) return await printJson(cli, page)
  if (page.activity.length === 0) return await note(cli, 'Nothing has happened yet.')
  for (const each of page.activity) await cli.out.write(lineOf(cli, each, names))
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

function lineOf({ colors }: Cli, activity: Activity, names: boolean): string {
  const { at, taskId, title, type, message, fromState, toState, userId } = activity
  const which =
    names && taskId !== null
      ? `${colors.cyan(shortId(taskId))} ${showControls(title ?? '')}: `
      : names && title !== null
        ? `${showControls(title)}: `
        : ''
  const moved = toState === null || toState === fromState ? '' : `${toState} `
  const words = [moved, message ?? (moved === '' ? type : '')].join('').trim()
  const who = userId === null ? '' : colors.dim(` (${showControls(userId)})`)
  return `${colors.dim(at)}  ${which}${showControls(words)}${who}\n`
}
