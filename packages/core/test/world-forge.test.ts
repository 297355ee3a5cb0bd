import { isFinished } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { claim, rest } from './support/world/engine.ts'
import { effectsAct } from './support/world/executor.ts'
import { fallSilent, SILENCES, silenceComesAndGoes } from './support/world/forge.ts'
import { WAITS_ON_SILENCE } from './support/world/proofs.ts'
import {
  type Actors,
  COOPERATIVE,
  expectLegalHistory,
  expectToGoOn,
  forEverySeed,
  round,
  seeds,
  told,
  toTheEnd,
  until,
} from './support/world/walks.ts'
import { World } from './support/world/world.ts'

const SEEDS = seeds(20)

const ON_SILENCE: readonly string[] = Object.values(WAITS_ON_SILENCE)

/** While a forge is silent an attempt is made for it at most this often, after the first few. */
const LONGEST_PAUSE_MS = 5 * 60_000

/** The longest that a run which waits for the forge does not notice that it answers. */
const LONGEST_WAIT_MS = 30 * 60_000

/** Runs that need a forge. */
const KINDS = ['repo', 'review'] as const

function worldWithoutCap(...of: ConstructorParameters<typeof World>): World {
  const world = new World(...of)
  world.run.budgetUsd = null
  return world
}

/** Nothing of the run has failed, and nobody was asked for what only the forge knows. */
function expectUnharmed(world: World): void {
  expect(world.history, told(world)).not.toContain('failed')
  expect(world.history, told(world)).not.toContain('needs_attention')
  expect(world.run, told(world)).toMatchObject({ retryCount: 0, autoResumeCount: 0 })
  expect(
    world.effects.filter(({ state }) => state === 'dead'),
    told(world),
  ).toEqual([])
}

describe.each(KINDS)('a forge that is silent, in a run of kind %s', (kind) => {
  test('at times, costs time only: the run is completed as if it had always answered', () => {
    const met = new Set<string>()
    const actors: Actors = { ...COOPERATIVE, forge: silenceComesAndGoes }
    forEverySeed(SEEDS, (seed) => {
      const world = worldWithoutCap(seed, kind)
      for (const reason of until(world, () => isFinished(world.run.state), actors)) met.add(reason)
      expect(world.run.state).toBe('completed')
      expectUnharmed(world)
      expectLegalHistory(world)
      const own = world.attempts.filter(({ failure }) => failure === null)
      expect(own, told(world)).toHaveLength(1)
      expect(world.merges.length).toBeLessThanOrEqual(1)
    })
    expect(ON_SILENCE.some((reason) => met.has(reason))).toBe(true)
  })

  test.each(SILENCES)('for good (%s), is waited for wherever the run is, and asked with pauses', (why) => {
    const waited = new Set<string>()
    forEverySeed(SEEDS, (seed) => {
      const world = worldWithoutCap(seed, kind)
      for (let rounds = Math.floor(world.random() * 25); rounds > 0; rounds--)
        round(world, rest(world), COOPERATIVE)
      fallSilent(world, why, null)
      const before = { merges: [...world.merges], attempts: world.attempts.length, now: world.now }
      for (let rounds = 0; rounds < 100; rounds++) {
        const decision = rest(world)
        expectToGoOn(world, decision)
        round(world, decision, WITHOUT_FORGE)
      }
      // A try that is under way comes to nothing, too.
      if (world.effects.some(({ state }) => state === 'executing')) effectsAct(world, 'cooperative')
      const { reason, explain } = rest(world)
      expectUnharmed(world)
      expect(world.merges, told(world)).toEqual(before.merges)
      const pauses = (world.now - before.now) / LONGEST_PAUSE_MS
      expect(world.attempts.length - before.attempts, told(world)).toBeLessThanOrEqual(5 + pauses)
      // Nothing of it needed the forge any more.
      if (world.run.state === 'completed') return
      waited.add(world.run.state)
      expect(reason, told(world)).toBe(WAITS_ON_SILENCE[why])
      expect(explain.summary).toContain(world.silence?.message)
      goOnByTheClock(world)
      toTheEnd(world)
      expect(world.run.state).toBe('completed')
    })
    expect([...waited].sort()).toEqual(
      kind === 'repo' ? ['pr_opened', 'queued', 'running'] : ['queued', 'running'],
    )
  })
})

/** Everybody else goes on; nobody can do anything about the forge. */
const WITHOUT_FORGE: Actors = {
  ...COOPERATIVE,
  forge: () => {},
  person: (world, reason) => {
    if (!ON_SILENCE.includes(reason)) COOPERATIVE.person(world, reason)
  },
}

/** The forge answers again and tells nobody: the run finds that out when it said that it would look. */
function goOnByTheClock(world: World): void {
  world.silence = null
  const since = world.now
  for (let looks = 0; looks < 100; looks++) {
    const { reason, wakeAt } = rest(world)
    if (!ON_SILENCE.includes(reason)) {
      expect(world.now - since, told(world)).toBeLessThanOrEqual(LONGEST_WAIT_MS)
      return
    }
    world.pass(Math.max(0, (wakeAt ?? world.now) - world.now))
    effectsAct(world, 'cooperative')
    claim(world)
  }
  throw new Error(`does not go on${told(world)}`)
}

describe('what was heard of a pull request that is watched', () => {
  test('is looked at anew before it is merged: what somebody pushed since is not passed over', () => {
    forEverySeed(SEEDS, (seed) => {
      const world = worldWithoutCap(seed)
      Object.assign(world, { watched: true, ownChecks: false })
      Object.assign(world.policy, { autoMerge: true, cautiousMode: false })
      const decided = () => world.effects.filter(({ kind }) => kind === 'merge')
      let pushed: string | null = null
      const forge = () => {
        if (pushed !== null || decided().length === 0 || world.remote?.state !== 'open') return
        pushed = world.newCommit(true)
        world.remoteHead = pushed
      }
      until(world, () => isFinished(world.run.state), { ...COOPERATIVE, forge })
      expect(world.run.state).toBe('completed')
      expect(decided()[0]?.refusal, told(world)).toMatchObject({ code: 'head_moved' })
      expect(world.merges.map(({ headSha }) => headSha)).toEqual([pushed])
    })
  })
})
