import { showControls } from '@optio/contract/text'
import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { usage } from '../cli-error.ts'
import { orNothing, withoutGaps } from '../fields.ts'
import { readJsonObject } from '../input.ts'
import { note, printJson } from '../print.ts'
import { executed } from './executed.ts'
import { findTaskId } from './find.ts'

interface Options {
  readonly title?: string
  readonly priority?: number
  readonly budget?: string
  readonly blocks?: boolean
  readonly metadata?: string
}

type Body = BodyOf<ApiClient['tasks']['edit']>

export async function edit(cli: Cli, given: string, options: Options): Promise<void> {
  const body = withoutGaps({
    title: options.title,
    priority: options.priority,
    budgetUsd: orNothing(options.budget),
    blocksParent: options.blocks,
    metadata: options.metadata === undefined ? undefined : await readJsonObject(cli, options.metadata),
  })
  if (Object.keys(body).length === 0) throw usage('Say what is to be changed; --help lists the options.')
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const answer = executed(await client.tasks.edit({ params: { id }, body: body as Body }))
  if (cli.json) return await printJson(cli, answer)
  await note(cli, showControls(`“${answer.task.title}” is changed.`))
}
