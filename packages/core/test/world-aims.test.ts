import { isFinished, RUN_KINDS } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { endAttempt } from './support/world/agent.ts'
import { AIMS, actorsOf, agentThat, dependencyFails, wantsReviews } from './support/world/aims.ts'
import { rest } from './support/world/engine.ts'
import { reviewersDo } from './support/world/parts.ts'
import { personAsks } from './support/world/persons.ts'
import {
  expectLegalHistory,
  forEverySeed,
  round,
  seeds,
  told,
  toTheEnd,
  until,
} from './support/world/walks.ts'
import { World } from './support/world/world.ts'

const SEEDS = seeds(10)

const EACH = AIMS.flatMap((aim) => aim.kinds.map((kind) => ({ ...aim, kind })))

describe('what goes wrong for certain', () => {
  test.each(EACH)('brings a run of kind $kind to rest for $reason, and is got over', (aim) => {
    forEverySeed(SEEDS, (seed) => {
      const world = new World(seed, aim.kind)
      aim.prepare?.(world)
      until(world, ({ reason }) => reason === aim.reason, actorsOf(aim))
      expect(world.merges, told(world)).toEqual([])
      toTheEnd(world)
      expect(world.run.state, told(world)).toBe(aim.end)
      expectLegalHistory(world)
    })
  })
})

test.each(RUN_KINDS)(
  'a dependency that came to nothing fails a run of kind %s where that is wanted',
  (kind) => {
    forEverySeed(SEEDS, (seed) => {
      const world = new World(seed, kind)
      world.giveDependency()
      if (world.run.taskType !== 'step') world.policy.onDependencyFailure = 'fail'
      until(
        world,
        () => isFinished(world.run.state),
        actorsOf({ actors: () => ({ dependencies: dependencyFails }) }),
      )
      expect(world.run.state).toBe('failed')
      expect(world.attempts).toEqual([])
      for (const dependency of world.dependencies) dependency.state = 'completed'
      expect(personAsks(world, 'retry')).toBe(true)
      toTheEnd(world)
      expect(world.run.state).toBe('completed')
    })
  },
)

test.each(RUN_KINDS)(
  'an agent that always fails has its retries, and no more, in a run of kind %s',
  (kind) => {
    forEverySeed(SEEDS, (seed) => {
      const world = new World(seed, kind)
      const agent = agentThat((at) => endAttempt(at, 'failed'))
      until(world, () => isFinished(world.run.state), actorsOf({ actors: () => ({ agent }) }))
      expect(world.run.state).toBe('failed')
      const own = world.attempts.filter(({ failure }) => failure?.kind !== 'forge')
      expect(own.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['retry']))
      expect(own, told(world)).toHaveLength(1 + world.run.maxRetries)
    })
  },
)

test('a reviewer that crashes each time holds the merge each time, until one has spoken', () => {
  forEverySeed(SEEDS, (seed) => {
    const world = new World(seed)
    wantsReviews(world)
    const actors = actorsOf({ actors: () => ({ reviewers: (at) => reviewersDo(at, () => null) }) })
    for (const crashes of [1, 2, 3]) {
      const hasCrashed = () => world.reviews.filter(({ state }) => isFinished(state)).length >= crashes
      until(world, ({ reason }) => reason === 'review_failed' && hasCrashed(), actors)
      expect(world.reviews.every(({ verdict }) => verdict === null)).toBe(true)
      expect(world.merges).toEqual([])
      // A person has it reviewed once more.
      round(world, rest(world), actors)
    }
    toTheEnd(world)
    expect(world.run.state).toBe('completed')
    expect(world.reviews.some(({ verdict }) => verdict !== null)).toBe(true)
  })
})
