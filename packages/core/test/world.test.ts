import {
  type Decision,
  decide,
  isFinished,
  isLegalTransition,
  isLive,
  RUN_KINDS,
  type RunKind,
  type Snapshot,
} from '@optio/core'
import { describe, expect, test } from 'vitest'
import { agentActs, checksAct, effectsAct, forgeActs, personAsks, personHelps } from './support/actors.ts'
import { type Mood, reviewersAct, subtasksAct } from './support/parts.ts'
import { World } from './support/world.ts'

const SEEDS: Readonly<Record<RunKind, readonly number[]>> = {
  repo: seeds(250),
  standalone: seeds(120),
  review: seeds(250),
}

function seeds(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** Reasons to rest that walks of every kind are known to meet. */
const EVERYWHERE = [
  'agent_working',
  'backoff',
  'dependencies_open',
  'dependency_failed',
  'finished',
  'held',
  'machine_faults',
  'next_in_line',
  'provisioning',
  'stopping',
]

const MET: Readonly<Record<RunKind, readonly string[]>> = {
  standalone: EVERYWHERE,
  review: [...EVERYWHERE, 'effect_executing', 'effect_failed', 'effect_pending'],
  repo: [
    ...EVERYWHERE,
    'changes_requested',
    'checks_pending',
    'checks_running',
    'effect_executing',
    'effect_pending',
    'forge_behind',
    'forge_credential',
    'forge_silent',
    'merge_by_person',
    'merge_refused',
    'no_progress',
    'review_failed',
    'review_open',
    'review_rounds',
    'stopping_checks',
    'subtask_failed',
    'subtasks_open',
  ],
}

/** One thing happens somewhere. */
function something(world: World, mood: Mood): void {
  const chaotic = mood === 'chaotic'
  const what = world.random()
  if (what < 0.3) agentActs(world, mood)
  else if (what < 0.5) effectsAct(world, mood)
  else if (what < 0.6) checksAct(world, mood)
  else if (what < 0.67) world.claim()
  else if (what < 0.71) reviewersAct(world, mood)
  else if (what < 0.72) subtasksAct(world, mood)
  else if (what < 0.8 && chaotic) forgeActs(world)
  else if (what < 0.82 && chaotic) dependenciesAct(world)
  else if (what < 0.85 && chaotic) {
    personAsks(
      world,
      world.pick(['cancel', 'retry', 'resume', 'resume', 'retry', 'forceRestart', 'forceRedo', 'runNow']),
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

function expectLegalHistory(world: World): void {
  world.history.forEach((state, index) => {
    const from = world.history[index - 1]
    if (from !== undefined)
      expect(isLegalTransition(from, state), `${from} -> ${state}${told(world)}`).toBe(true)
  })
}

function told(world: World): string {
  const { pullRequest, ...facts } = world.snapshot()
  const shown = JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
  return `\n${world.decisions.slice(-12).join('\n')}\n${pullRequest.kind} ${shown}`
}

/** The snapshot in which what a resting run waits for has come; null when it is the clock that goes on. */
function whenItComes(world: World, { action, reason }: Decision): Snapshot | null {
  if (action.type !== 'wait') return null
  const s = world.snapshot()
  switch (action.on) {
    case 'agent': {
      if (s.attempt === null || !isLive(s.attempt.state)) throw new Error(`waits for no agent${told(world)}`)
      const attempt = { ...s.attempt, state: 'lost' as const, endedAt: s.now }
      return { ...s, attempt, lostInARow: s.lostInARow + 1 }
    }
    case 'effect': {
      const open = s.effects.filter(({ state }) => state === 'pending' || state === 'executing')
      if (open.length === 0) throw new Error(`waits for no effect${told(world)}`)
      return {
        ...s,
        effects: s.effects.map((each) => (open.includes(each) ? { ...each, state: 'dead' as const } : each)),
      }
    }
    case 'capacity':
      return { ...s, run: { ...s.run, state: 'provisioning' } }
    case 'dependency':
      return { ...s, dependencies: s.dependencies.map((each) => ({ ...each, state: 'completed' as const })) }
    case 'subtask':
      return { ...s, subtasks: s.subtasks.map((each) => ({ ...each, state: 'completed' as const })) }
    case 'review':
      return { ...s, reviews: s.reviews.map((each) => ({ ...each, state: 'failed' as const })) }
    case 'person':
      return { ...s, run: { ...s.run, intent: 'cancel' } }
    default:
      return reason === 'stopping_checks' ? { ...s, liveChecks: { count: 0, stopRequested: false } } : null
  }
}

/** Whom or what a resting run waits for exists, and when it comes the decision is another. */
function expectToGoOn(world: World, decision: Decision): void {
  if (isFinished(world.run.state)) return
  const later = whenItComes(world, decision)
  if (later === null) expect(decision.wakeAt, `${decision.reason} may never end${told(world)}`).not.toBeNull()
  else expect(decide(later).reason, `nothing comes of it${told(world)}`).not.toBe(decision.reason)
}

/** Everybody does what is wanted until the run is over. Answers why it waited on the way. */
function toTheEnd(world: World): readonly string[] {
  const reasons: string[] = []
  world.forgeSilentUntil = 0
  for (const dependency of world.dependencies) dependency.state = 'completed'
  for (let round = 0; round < 300; round++) {
    const decision = world.rest()
    expectToGoOn(world, decision)
    reasons.push(decision.reason)
    if (isFinished(world.run.state)) return reasons
    agentActs(world, 'cooperative')
    effectsAct(world, 'cooperative')
    checksAct(world, 'cooperative')
    reviewersAct(world, 'cooperative')
    subtasksAct(world, 'cooperative')
    world.claim()
    if (decision.action.type === 'wait' && decision.action.on === 'person')
      personHelps(world, decision.reason)
    pass(world, Math.max(1, Math.min((decision.wakeAt ?? world.now) - world.now, 60_000)))
  }
  throw new Error(`no end in sight${told(world)}`)
}

/** Runs a walk for every seed; a failure names its seed, with which it can be repeated. */
function forEverySeed(kind: RunKind, walk: (world: World) => void, seeds = SEEDS[kind]): void {
  for (const seed of seeds) {
    try {
      walk(new World(seed, kind))
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error })
    }
  }
}

describe.each(RUN_KINDS)(
  'in a world of crashes, lost news, errors and contrary people, of kind %s',
  (kind) => {
    test('a run keeps the rules at every step, and from wherever it is those who help bring it to an end', () => {
      const ends = new Map<string, number>()
      const reasons = new Set<string>()
      forEverySeed(kind, (world) => {
        const length = Math.floor(world.random() * 300)
        for (let step = 0; step < length; step++) {
          something(world, 'chaotic')
          // The news of it may be lost: then only the next one makes the engine look.
          if (!world.chance(0.8)) continue
          const decision = world.rest()
          reasons.add(decision.reason)
          expectToGoOn(world, decision)
        }
        for (const reason of toTheEnd(world)) reasons.add(reason)
        expectLegalHistory(world)
        expect(world.merges.length, told(world)).toBeLessThanOrEqual(1)
        ends.set(world.run.state, (ends.get(world.run.state) ?? 0) + 1)
      })
      // The walks go everywhere, or they prove nothing.
      for (const end of ['completed', 'failed', 'cancelled']) expect(ends.get(end), end).toBeGreaterThan(0)
      expect(MET[kind].filter((reason) => !reasons.has(reason))).toEqual([])
    })

    test('without a person a run comes to rest after a bounded number of attempts, whatever goes wrong', () => {
      let most = 0
      forEverySeed(
        kind,
        (world) => {
          world.run.budgetUsd = null
          for (const dependency of world.dependencies) dependency.state = 'completed'
          for (let step = 0; step < 1_500; step++) {
            something(world, 'hostile')
            world.rest()
          }
          expect(world.hasLiveAttempt, told(world)).toBe(false)
          expect(world.run.state, told(world)).not.toBe('queued')
          // Counted attempts; each may be followed by one that only commits, and each of those by three restarts.
          const counted = 1 + world.run.maxRetries + world.policy.maxAutoResumes
          expect(world.attempts.length, told(world)).toBeLessThanOrEqual(counted * 2 * 4)
          expect(world.reviews.length, told(world)).toBeLessThanOrEqual(world.policy.review?.maxRounds ?? 0)
          most = Math.max(most, world.attempts.length)
        },
        SEEDS[kind].slice(0, 100),
      )
      expect(most, 'little went wrong').toBeGreaterThan(kind === 'repo' ? 6 : 3)
    })

    test('with helpers from the start a run is completed', () => {
      forEverySeed(kind, (world) => {
        toTheEnd(world)
        expect(world.run.state).toBe('completed')
      })
    })
  },
)
