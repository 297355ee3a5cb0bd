import type { Transaction } from '../../database/connection.ts'
import { appendEvents } from '../events/append.ts'
import type { TriggerRow } from './queries.ts'

interface Told {
  /** The event is `trigger:<what>`. */
  readonly what: 'created' | 'edited' | 'deleted' | 'failed'
  readonly actor: string
  readonly message: string
  readonly more?: Readonly<Record<string, unknown>>
}

/** That something happened to a trigger; as `appendEvents`, among the last things of a transaction. */
export async function tellOf(
  tx: Transaction,
  { id, workspaceId, blueprintId, type }: Pick<TriggerRow, 'id' | 'workspaceId' | 'blueprintId' | 'type'>,
  { what, actor, message, more = {} }: Told,
): Promise<void> {
  await appendEvents(tx, [
    {
      workspaceId,
      runId: null,
      type: `trigger:${what}`,
      trigger: actor === 'optio' ? type : 'person',
      message,
      actor,
      data: { triggerId: id, triggerType: type, definitionId: blueprintId, ...more },
    },
  ])
}
