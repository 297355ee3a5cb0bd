import { type ClaimCandidate, type ClaimRoom, claimInOrder, compareCandidates } from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const NOW = 1_000

const candidates = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom('check' as const, 'run' as const),
    id: fc.uuid(),
    groupId: fc.constantFrom('a', 'b', 'c', null),
    priority: fc.integer({ min: 0, max: 3 }),
    queuedAt: fc.integer({ min: 0, max: 5 }),
    notBefore: fc.constantFrom(null, null, NOW, NOW + 1),
    hostId: fc.constantFrom(null, null, 'here', 'there'),
  }),
  { selector: ({ id }) => id, maxLength: 12 },
)

const rooms: fc.Arbitrary<ClaimRoom> = fc.record({
  globalFree: fc.integer({ min: -1, max: 8 }),
  groupFree: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: 0, max: 3 })).map(
    ([a, b]) =>
      new Map([
        ['a', a],
        ['b', b],
      ]),
  ),
  now: fc.constant(NOW),
  hostId: fc.constant('here'),
})

const mayStart = (candidate: ClaimCandidate) =>
  (candidate.notBefore ?? 0) <= NOW && (candidate.hostId ?? 'here') === 'here'

function inRepository(taken: readonly ClaimCandidate[], groupId: string | null): number {
  return taken.filter((each) => each.groupId === groupId).length
}

describe('the claim', () => {
  test('never takes more than there are slots, over all and in each repository', () => {
    fc.assert(
      fc.property(candidates, rooms, (waiting, room) => {
        const taken = claimInOrder(waiting, room)
        expect(taken.length).toBeLessThanOrEqual(Math.max(0, room.globalFree))
        for (const [id, free] of room.groupFree) {
          expect(inRepository(taken, id)).toBeLessThanOrEqual(Math.max(0, free))
        }
        expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length)
        expect(taken.every(mayStart)).toBe(true)
      }),
    )
  })

  test('never leaves one behind that would fit, unless all that were taken instead go before it', () => {
    fc.assert(
      fc.property(candidates, rooms, (waiting, room) => {
        const taken = claimInOrder(waiting, room)
        for (const left of waiting.filter((each) => !taken.includes(each) && mayStart(each))) {
          const free = room.groupFree.get(left.groupId ?? '') ?? Number.POSITIVE_INFINITY
          const rivals =
            inRepository(taken, left.groupId) >= free
              ? taken.filter((each) => each.groupId === left.groupId)
              : taken
          if (rivals === taken) expect(taken.length).toBe(Math.max(0, room.globalFree))
          for (const rival of rivals) expect(compareCandidates(rival, left)).toBeLessThan(0)
        }
      }),
    )
  })

  test('gives the same answer in whatever order the candidates are read', () => {
    fc.assert(
      fc.property(candidates, rooms, fc.nat(), (waiting, room, turn) => {
        const at = waiting.length === 0 ? 0 : turn % waiting.length
        const turned = [...waiting.slice(at), ...waiting.slice(0, at)]
        expect(claimInOrder(turned, room)).toEqual(claimInOrder(waiting, room))
      }),
    )
  })

  test('goes by priority, then checks before runs, then age', () => {
    const run = (id: string, change: Partial<ClaimCandidate> = {}): ClaimCandidate => ({
      kind: 'run',
      id,
      groupId: null,
      priority: 100,
      queuedAt: 5,
      notBefore: null,
      ...change,
    })
    const waiting = [
      run('b'),
      run('a'),
      run('old', { queuedAt: 1 }),
      run('check', { kind: 'check', queuedAt: 9 }),
      run('urgent', { priority: 1, queuedAt: 9 }),
    ]
    const taken = claimInOrder(waiting, { globalFree: 9, groupFree: new Map(), now: NOW })
    expect(taken.map(({ id }) => id)).toEqual(['urgent', 'check', 'old', 'a', 'b'])
  })

  test('a full repository holds up nobody behind it', () => {
    const waiting = ['full', 'full', 'free'].map((groupId, index) => ({
      kind: 'run' as const,
      id: `${index}`,
      groupId,
      priority: index,
      queuedAt: 0,
      notBefore: null,
    }))
    const room = {
      globalFree: 2,
      groupFree: new Map([
        ['full', 1],
        ['free', 1],
      ]),
      now: NOW,
    }
    expect(claimInOrder(waiting, room).map(({ id }) => id)).toEqual(['0', '2'])
  })
})
