import type { effects, runs } from '../../database/schema/index.ts'
import type { NewEvent } from '../../features/events/append.ts'

export type EffectRow = typeof effects.$inferSelect

/** What carrying out an effect changed: columns of its run, and words for the history. */
export interface EffectResult {
  readonly change: Partial<typeof runs.$inferInsert>
  readonly event: Pick<NewEvent, 'type' | 'message'> | null
  readonly refusal: { code: string; message: string } | null
}
