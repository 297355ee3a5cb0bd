import type { EffectRequest } from '@optio/core'
import { uuidv7 } from 'uuidv7'
import type { Transaction } from '../../database/connection.ts'
import { effects } from '../../database/schema/index.ts'
import type { RunRow } from '../read-run.ts'
import { scheduleEffect } from '../wake-ups.ts'

/** Records an effect in the transaction of what caused it, and has it carried out afterwards. One with the same key is recorded once. */
export async function recordEffect(
  tx: Transaction,
  run: Pick<RunRow, 'id' | 'workspaceId'>,
  request: EffectRequest,
): Promise<void> {
  const [recorded] = await tx
    .insert(effects)
    .values({
      id: uuidv7(),
      workspaceId: run.workspaceId,
      runId: run.id,
      kind: request.kind,
      key: request.key,
      request,
    })
    .onConflictDoNothing({ target: [effects.workspaceId, effects.key] })
    .returning({ id: effects.id })
  if (recorded) await scheduleEffect(tx, recorded.id)
}
