import { type Decision, decide, type RunState, type Snapshot } from '@optio/core'
import fc from 'fast-check'
import { arbitrarySnapshot } from './arbitraries.ts'

/** State a decision leads to, or null when it leaves the state as it is. */
export function stateAfter({ action }: Decision): RunState | null {
  if (action.type === 'transition') return action.to
  if (action.type === 'needs_attention') return 'needs_attention'
  return action.type === 'enqueue' || action.type === 'queue_attempt' || action.type === 'redo'
    ? 'queued'
    : null
}

/** Whatever the snapshot, of one kind or of any, the property holds of what is decided. */
export function holds(
  property: (s: Snapshot, decision: Decision) => void,
  of: { readonly kind?: Snapshot['run']['kind']; readonly numRuns?: number } = {},
): void {
  const { kind, numRuns = 2_000 } = of
  const snapshots = arbitrarySnapshot.map((s) => (kind ? { ...s, run: { ...s.run, kind } } : s))
  fc.assert(
    fc.property(snapshots, (s) => property(s, decide(s))),
    { numRuns },
  )
}
