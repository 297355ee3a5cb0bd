import type { Firing, Trigger } from '@optio/contract'
import type { Cli } from '../cli.ts'
import { findDefinitionId } from '../definition/find.ts'
import { withoutGaps } from '../fields.ts'
import { note, printJson } from '../print.ts'
import { writeFields, writeTable } from '../terminal/table.ts'
import { ago, shortId } from '../terminal/words.ts'
import { describe, findTrigger } from './find.ts'

export async function list(cli: Cli, given: string): Promise<void> {
  const client = await cli.client()
  const id = await findDefinitionId(client, given)
  const answer = await client.triggers.list({ params: { id } })
  if (cli.json) return await printJson(cli, answer)
  if (answer.triggers.length === 0) {
    return await note(cli, 'Nothing triggers it. `optio trigger add` attaches a schedule or a webhook.')
  }
  const { colors } = cli
  await writeTable<Trigger>(cli.out, colors, answer.triggers, [
    { title: 'ID', text: ({ id }) => shortId(id), paint: colors.cyan },
    { title: 'TYPE', text: ({ type }) => type },
    { title: 'ENABLED', text: ({ enabled }) => (enabled ? 'yes' : 'no') },
    { title: 'WHAT', text: describe, shrinksTo: 12 },
    { title: 'NEXT', text: ({ nextFireAt }) => nextFireAt ?? '' },
    { title: 'LAST', text: ({ lastFiredAt }) => (lastFiredAt === null ? '' : `${ago(lastFiredAt)} ago`) },
  ])
}

export async function showTrigger(cli: Cli, trigger: Trigger): Promise<void> {
  const { config, paramMapping } = trigger
  await writeFields(cli.out, cli.colors, [
    ['id', trigger.id],
    ['type', trigger.type],
    ['definition', trigger.targetId],
    ['enabled', trigger.enabled ? 'yes' : 'no'],
    ['what', describe(trigger)],
    ['overlap', textOf(config.overlap)],
    ['missed', textOf(config.missed)],
    ['labels', Array.isArray(config.labels) ? config.labels.join(', ') : null],
    ['address', trigger.hookUrl],
    ['mapping', paramMapping === null ? null : JSON.stringify(paramMapping)],
    ['next times', trigger.nextFireTimes.join('\n')],
    ['last fired', trigger.lastFiredAt],
  ])
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

export async function firings(
  cli: Cli,
  definition: string,
  given: string,
  options: { readonly limit?: number; readonly cursor?: string },
): Promise<void> {
  const client = await cli.client()
  const { id, targetId } = await findTrigger(client, definition, given)
  const { limit, cursor } = options
  const page = await client.triggers.firings({
    params: { id: targetId, triggerId: id },
    query: withoutGaps({ limit, cursor }),
  })
  if (cli.json) return await printJson(cli, page)
  if (page.firings.length === 0) return await note(cli, 'It has not fired yet.')
  const { colors } = cli
  await writeTable<Firing>(cli.out, colors, page.firings, [
    { title: 'AT', text: ({ createdAt }) => createdAt },
    {
      title: 'STATE',
      text: ({ state }) => state,
      paint: (text, { state }) => (state === 'failed' ? colors.red(text) : text),
    },
    { title: 'RUN', text: ({ runId }) => (runId === null ? '' : shortId(runId)), paint: colors.cyan },
    { title: 'DUE', text: ({ dueAt }) => dueAt ?? '' },
    { title: 'WHY', text: ({ code, reason }) => [code, reason].filter(Boolean).join(': '), shrinksTo: 16 },
  ])
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

export async function preview(
  cli: Cli,
  cronExpression: string,
  options: { readonly timezone?: string },
): Promise<void> {
  const client = await cli.client()
  const query = { cronExpression, ...withoutGaps({ timezone: options.timezone }) }
  const answer = await client.triggers.previewSchedule({ query })
  if (cli.json) return await printJson(cli, answer)
  await cli.out.write(answer.nextFireTimes.map((time) => `${time}\n`).join(''))
}
