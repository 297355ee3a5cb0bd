/**
 * Which waiting runs and checks get a slot. The claim query reads candidates, this rule chooses; so there is one place where
 * the order is said, whatever reads it.
 */
export interface ClaimCandidate {
  readonly kind: 'check' | 'run'
  readonly id: string
  /** Whose limit it counts against besides the global one: its repository, or the definition of a standalone run; null for none. */
  readonly groupId: string | null
  /** Smaller goes first. */
  readonly priority: number
  /** Milliseconds since the epoch. */
  readonly queuedAt: number
  /** Not before this time; null for at once. */
  readonly notBefore: number | null
  /** The only host that can take it, because its environment is there; null or left out for any. */
  readonly hostId?: string | null
}

export interface ClaimRoom {
  /** Slots that are free over all. */
  readonly globalFree: number
  /** Slots that are free in each group; one that is not listed has no limit of its own. */
  readonly groupFree: ReadonlyMap<string, number>
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The host that claims; left out where the candidates were chosen for it already. */
  readonly hostId?: string
}

/**
 * The candidates to take, in order: strictly by priority, then checks before runs (a check brings a run to its end, a run
 * only begins), then age, then id. One whose group is full is passed over and holds up nobody behind it.
 */
export function claimInOrder(
  candidates: readonly ClaimCandidate[],
  room: ClaimRoom,
): readonly ClaimCandidate[] {
  const groupFree = new Map(room.groupFree)
  const taken: ClaimCandidate[] = []
  for (const candidate of candidates.filter((each) => canStart(each, room)).sort(compareCandidates)) {
    if (taken.length >= room.globalFree) break
    const free = candidate.groupId === null ? undefined : groupFree.get(candidate.groupId)
    if (free !== undefined && free <= 0) continue
    if (candidate.groupId !== null && free !== undefined) {
      groupFree.set(candidate.groupId, free - 1)
    }
    taken.push(candidate)
  }
  return taken
}

function canStart(candidate: ClaimCandidate, room: ClaimRoom): boolean {
  if (candidate.notBefore !== null && candidate.notBefore > room.now) return false
  const host = candidate.hostId ?? null
  return host === null || room.hostId === undefined || host === room.hostId
}

/** Negative when `a` goes first. A total order: no two different candidates are equal. */
export function compareCandidates(a: ClaimCandidate, b: ClaimCandidate): number {
  if (a.priority !== b.priority) return a.priority - b.priority
  if (a.kind !== b.kind) return a.kind === 'check' ? -1 : 1
  if (a.queuedAt !== b.queuedAt) return a.queuedAt - b.queuedAt
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}
