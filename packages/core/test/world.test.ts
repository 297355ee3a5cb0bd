import { type Decision, decide, isFinished, isLegalTransition, isLive, type Snapshot } from '@optio/core'
import { describe, expect, test } from 'vitest'
import {
  agentActs,
  checksAct,
  effectsAct,
  forgeActs,
  type Mood,
  personAsks,
  personHelps,
} from './support/actors.ts'
import type { World } from './support/world.ts'

const WALKS = 250

/** One thing happens somewhere; then the run is looked at, unless the news of it is lost. */
function something(world: World, mood: Mood): void {
  const what = world.random()
  if (what < 0.3) agentActs(world, mood)
  else if (what < 0.5) effectsAct(world, mood)
  else if (what < 0.6) checksAct(world, mood)
  else if (what < 0.72) world.claim()
  else if (what < 0.8 && mood === 'chaotic') forgeActs(world)
  else if (what < 0.82 && mood === 'chaotic') dependenciesAct(world)
  else if (what < 0.85 && mood === 'chaotic') {
    personAsks(
      world,
      world.pick(['cancel', 'retry', 'resume', 'resume', 'retry', 'forceRestart', 'forceRedo']),
    )
  } else pass(world, Math.floor(world.random() * 30_000))
}

function dependenciesAct(world: World): void {
  for (const dependency of world.dependencies) {
    dependency.state = world.pick(['completed', 'completed', 'running', 'failed'] as const)
  }
}

function pass(world: World, ms: number): void {
  world.now += ms
  if (world.lag !== null && world.lag.until <= world.now) world.lag = null
}

function legalAllAlong(world: World): void {
  world.history.forEach((state, index) => {
    const from = world.history[index - 1]
    if (from === undefined) return
    expect(isLegalTransition(from, state), `${from} -> ${state}\n${world.decisions.join('\n')}`).toBe(true)
  })
}

function told(world: World): string {
  const { pullRequest, ...facts } = world.snapshot()
  const shown = JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
  return `\n${world.decisions.slice(-12).join('\n')}\n${pullRequest.kind} ${shown}`
}

/** Whom or what a resting run waits for exists, and when it comes the decision is another. */
function canGoOn(world: World, decision: Decision) {
  if (decision.action.type !== 'wait') return
  const { on } = decision.action
  const s = world.snapshot()
  if (on === 'nothing') return expect(isFinished(s.run.state)).toBe(true)
  if (on === 'agent') {
    const { attempt } = s
    if (attempt === null || !isLive(attempt.state)) throw new Error(`waits for no agent${told(world)}`)
    const ended = { ...attempt, state: 'lost' as const, endedAt: s.now }
    return changes(world, decision, { ...s, attempt: ended, lostInARow: s.lostInARow + 1 })
  }
  if (on === 'effect') {
    const open = s.effects.filter(({ state }) => state === 'pending' || state === 'executing')
    if (open.length === 0) throw new Error(`waits for no effect${told(world)}`)
    const effects = s.effects.map((each) =>
      open.includes(each) ? { ...each, state: 'dead' as const } : each,
    )
    return changes(world, decision, { ...s, effects })
  }
  if (on === 'capacity') {
    expect(s.run.state).toBe('queued')
    return changes(world, decision, { ...s, run: { ...s.run, state: 'provisioning' } })
  }
  if (on === 'dependency') {
    const dependencies = s.dependencies.map((each) => ({ ...each, state: 'completed' as const }))
    return changes(world, decision, { ...s, dependencies })
  }
  if (decision.reason === 'stopping_checks') {
    return changes(world, decision, { ...s, liveChecks: { count: 0, stopRequested: false } })
  }
  if (on === 'person') return changes(world, decision, { ...s, run: { ...s.run, intent: 'cancel' } })
  expect(decision.wakeAt, `$onmay never come$told(world)`).not.toBeNull()
}

function changes(world: World, before: Decision, s: Snapshot): void {
  expect(decide(s).reason, `nothing comes of it$told(world)`).not.toBe(before.reason)
}

/** Everybody does what is wanted until the run is over. */
function toTheEnd(world: World): number {
  world.forgeSilentUntil = 0
  for (const dependency of world.dependencies) dependency.state = 'completed'
  for (let round = 0; round < 300; round++) {
    const decision = world.rest()
    canGoOn(world, decision)
    if (isFinished(world.run.state)) return round
    agentActs(world, 'cooperative')
    effectsAct(world, 'cooperative')
    checksAct(world, 'cooperative')
    world.claim()
    if (decision.action.type === 'wait' && decision.action.on === 'person')
      personHelps(world, decision.reason)
    pass(world, Math.max(1, Math.min((decision.wakeAt ?? world.now) - world.now, 60_000)))
  }
  throw new Error(`no end in sight$told(world)`)
}

describe('in a world of crashes, lost news, errors and contrary people', () => {
  const walks = Array.from({ length: WALKS }, (_, seed) => seed + 1)

  test('every run keeps the rules at every step, and from wherever it is those who help bring it to an end', () => {
    const ends = new Map<string, number>()
    const reasons = new Set<string>()
    for (const seed of walks) {
      const world = new World(seed)
      try {
        const length = Math.floor(world.random() * 220)
        for (let step = 0; step < length; step++) {
          something(world, 'chaotic')
          // The news of it may be lost: then only the next one makes the engine look.
          if (!world.chance(0.8)) continue
          const decision = world.rest()
          reasons.add(decision.reason)
          canGoOn(world, decision)
        }
        toTheEnd(world)
        legalAllAlong(world)
        expect(world.merges.length).toBeLessThanOrEqual(1)
      } catch (error) {
        throw new Error(`seed $seed: $error instanceof Error ? error.message : error`, { cause: error })
      }
      ends.set(world.run.state, (ends.get(world.run.state) ?? 0) + 1)
    }
    // The walks go everywhere, or they prove nothing.
    for (const end of ['completed', 'failed', 'cancelled']) expect(ends.get(end), end).toBeGreaterThan(10)
    for (const reason of EVERYWHERE) expect(reasons, [...reasons].join()).toContain(reason)
  })

  test('without a person every run comes to rest after a bounded number of attempts, whatever goes wrong', () => {
    let most = 0
    for (const seed of walks) {
      const world = new World(seed)
      world.spent = -1_000_000_000_000n
      for (const dependency of world.dependencies) dependency.state = 'completed'
      try {
        for (let step = 0; step < 800; step++) {
          something(world, 'hostile')
          world.rest()
        }
        expect(isLive(world.attempt?.state ?? 'lost'), told(world)).toBe(false)
        const { maxRetries } = world.run
        const counted = 1 + maxRetries + world.policy.maxAutoResumes
        // Each may be followed by one that only commits, and each of those by three restarts.
        expect(world.attempts.length, told(world)).toBeLessThanOrEqual(counted * 2 * 4)
      } catch (error) {
        throw new Error(`seed $seed: $error instanceof Error ? error.message : error`, { cause: error })
      }
      most = Math.max(most, world.attempts.length)
    }
    expect(most).toBeGreaterThan(6)
  })

  test('with helpers from the start a run is merged', () => {
    for (const seed of walks) {
      const world = new World(seed)
      toTheEnd(world)
      expect(world.run.state, `seed $seed`).toBe('completed')
    }
  })
})

/** Reasons to wait that the walks are known to meet. */
const EVERYWHERE = [
  'agent_working',
  'backoff',
  'changes_requested',
  'checks_running',
  'dependencies_open',
  'effect_executing',
  'effect_pending',
  'finished',
  'forge_behind',
  'forge_silent',
  'machine_faults',
  'merge_by_person',
  'merge_refused',
  'next_in_line',
  'no_progress',
  'provisioning',
  'stopping',
  'stopping_checks',
]
