import type { Trigger } from '@optio/contract'
import type { ApiClient } from '../api.ts'
import { findDefinitionId } from '../definition/find.ts'
import { matching, onlyOne } from '../ids.ts'

/** A trigger of a definition by part of its id, or a webhook by its path. Throws when none is meant, or several are. */
export async function findTrigger(client: ApiClient, definition: string, given: string): Promise<Trigger> {
  const id = await findDefinitionId(client, definition)
  const { triggers } = await client.triggers.list({ params: { id } })
  const named = triggers.map((trigger) => ({ id: trigger.id, title: titleOf(trigger), trigger }))
  return onlyOne(matching(named, given), given, {
    noun: 'trigger',
    plural: 'triggers',
    code: 'TRIGGER_NOT_FOUND',
    command: `optio trigger list ${definition}`,
  }).trigger
}

function titleOf({ type, config }: Trigger): string {
  return type === 'webhook' ? String(config.path) : type
}

/** What it goes by, on one line. */
export function describe({ type, config }: Trigger): string {
  switch (type) {
    case 'schedule':
      return [config.cronExpression, config.timezone].filter(Boolean).join(' ')
    case 'webhook':
      return `${config.path}${config.hasSecret ? '' : ' (without a secret)'}`
    case 'ticket':
      return String(config.source)
    case 'manual':
      return ''
  }
}
