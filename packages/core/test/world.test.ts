import { isFinished, RUN_KINDS, type RunKind } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { rest } from './support/world/engine.ts'
import {
  expectLegalHistory,
  expectToGoOn,
  forEverySeed,
  seeds,
  something,
  told,
  toTheEnd,
  until,
} from './support/world/walks.ts'
import { World } from './support/world/world.ts'

const SEEDS: Readonly<Record<RunKind, readonly number[]>> = {
  repo: seeds(250),
  standalone: seeds(120),
  review: seeds(250),
}

/** Reasons to rest that many walks of every kind meet. Those that are rare are aimed at, in `world-aims.test.ts`. */
const EVERYWHERE = [
  'agent_working',
  'backoff',
  'dependencies_open',
  'finished',
  'next_in_line',
  'provisioning',
]

const MET: Readonly<Record<RunKind, readonly string[]>> = {
  standalone: EVERYWHERE,
  review: [...EVERYWHERE, 'effect_pending'],
  repo: [
    ...EVERYWHERE,
    'approval_missing',
    'checks_pending',
    'checks_running',
    'effect_pending',
    'merge_by_person',
    'merging',
    'review_open',
  ],
}

describe.each(RUN_KINDS)(
  'in a world of crashes, lost news, errors, a forge that is silent at times and contrary people, of kind %s',
  (kind) => {
    test('a run keeps the rules at every step, and from wherever it is those who help bring it to an end', () => {
      const ends = new Map<string, number>()
      const reasons = new Set<string>()
      forEverySeed(SEEDS[kind], (seed) => {
        const world = new World(seed, kind)
        const length = Math.floor(world.random() * 300)
        // Half of them begin where there is most that can happen.
        if (world.chance(0.5))
          until(world, () => world.run.state === 'pr_opened' || isFinished(world.run.state))
        for (let step = 0; step < length; step++) {
          something(world, 'chaotic')
          // The news of it may be lost: then only the next one makes the engine look.
          if (!world.chance(0.8)) continue
          const decision = rest(world)
          reasons.add(decision.reason)
          expectToGoOn(world, decision)
        }
        for (const reason of toTheEnd(world)) reasons.add(reason)
        expectLegalHistory(world)
        expect(world.merges.length, told(world)).toBeLessThanOrEqual(1)
        ends.set(world.run.state, (ends.get(world.run.state) ?? 0) + 1)
      })
      // The walks go everywhere, or they prove nothing.
      for (const end of ['completed', 'cancelled']) expect(ends.get(end), end).toBeGreaterThan(0)
      expect(MET[kind].filter((reason) => !reasons.has(reason))).toEqual([])
    })

    test('without a person a run comes to rest after a bounded number of attempts, whatever goes wrong', () => {
      let most = 0
      forEverySeed(SEEDS[kind].slice(0, 100), (seed) => {
        const world = new World(seed, kind)
        world.run.budgetUsd = null
        for (const dependency of world.dependencies) dependency.state = 'completed'
        for (let step = 0; step < 1_500; step++) {
          something(world, 'hostile')
          rest(world)
        }
        expect(world.hasLiveAttempt, told(world)).toBe(false)
        expect(world.run.state, told(world)).not.toBe('queued')
        // Counted attempts; each may be followed by one that only commits, and each of those by three restarts.
        const counted = 1 + world.run.maxRetries + world.policy.maxAutoResumes
        expect(world.attempts.length, told(world)).toBeLessThanOrEqual(counted * 2 * 4)
        expect(world.reviews.length, told(world)).toBeLessThanOrEqual(world.policy.review?.maxRounds ?? 0)
        most = Math.max(most, world.attempts.length)
      })
      expect(most, 'little went wrong').toBeGreaterThan(kind === 'repo' ? 6 : 3)
    })

    test('with helpers from the start a run is completed', () => {
      forEverySeed(SEEDS[kind], (seed) => {
        const world = new World(seed, kind)
        toTheEnd(world)
        expect(world.run.state).toBe('completed')
      })
    })
  },
)
