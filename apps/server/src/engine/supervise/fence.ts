import { OptioError } from '@optio/contract'
import { and, eq, inArray } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { attempts } from '../../database/schema/index.ts'
import type { Supervised } from './supervised.ts'

/**
 * Locks the attempt's row and holds that this supervisor still has it. Whoever takes an attempt over raises its generation,
 * so a stale holder's transaction fails here and writes nothing. Throws FENCED.
 */
export async function fenced(
  tx: Transaction,
  { attempt, generation }: Pick<Supervised, 'attempt' | 'generation'>,
): Promise<void> {
  const [row] = await tx
    .select({ id: attempts.id })
    .from(attempts)
    .where(
      and(
        eq(attempts.id, attempt.id),
        eq(attempts.generation, generation),
        inArray(attempts.state, ['starting', 'running']),
      ),
    )
    .for('update')
  if (!row) throw new OptioError('FENCED', 'Another process supervises this attempt now.')
}
