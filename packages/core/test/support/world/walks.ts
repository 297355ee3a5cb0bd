import { type Decision, decide, isFinished, isLegalTransition, isLive, type Snapshot } from '@optio/core'
import { expect } from 'vitest'
import { agentActs } from './agent.ts'
import { checksAct } from './checks.ts'
import { claim, rest } from './engine.ts'
import { effectsAct } from './executor.ts'
import { observationOf, snapshotOf } from './facts.ts'
import { answerAgain, forgeActs, silenceComesAndGoes, watchLooks } from './forge.ts'
import { dependenciesAct, reviewersAct, subtasksAct } from './parts.ts'
import { personAsks, personHelps } from './persons.ts'
import { WAITS_ON_SILENCE } from './proofs.ts'
import type { Mood, World } from './world.ts'

/** Walks through a world, and what must hold wherever one comes. */

export function seeds(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** Runs a walk for every seed; a failure names its seed, with which it can be repeated. */
export function forEverySeed(seeds: readonly number[], walk: (seed: number) => void): void {
  for (const seed of seeds) {
    try {
      walk(seed)
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error })
    }
  }
}

/** One thing happens somewhere. */
export function something(world: World, mood: Mood): void {
  const chaotic = mood === 'chaotic'
  const what = world.random()
  if (what < 0.3) agentActs(world, mood)
  else if (what < 0.5) effectsAct(world, mood)
  else if (what < 0.6) checksAct(world, mood)
  else if (what < 0.67) claim(world)
  else if (what < 0.71) reviewersAct(world, mood)
  else if (what < 0.72) subtasksAct(world, mood)
  else if (what < 0.74) silenceComesAndGoes(world)
  else if (what < 0.78) watchLooks(world)
  else if (what < 0.85 && chaotic) forgeActs(world)
  else if (what < 0.87 && chaotic) dependenciesAct(world)
  else if (what < 0.9 && chaotic) {
    personAsks(
      world,
      world.pick(['cancel', 'retry', 'resume', 'resume', 'retry', 'forceRestart', 'forceRedo', 'runNow']),
    )
  } else world.pass(Math.floor(world.random() * 30_000))
}

/** Those who move the world, each of them by one thing in a round. */
export interface Actors {
  readonly agent: (world: World) => void
  readonly effects: (world: World) => void
  readonly checks: (world: World) => void
  readonly reviewers: (world: World) => void
  readonly subtasks: (world: World) => void
  readonly dependencies: (world: World) => void
  readonly forge: (world: World) => void
  /** A person, when the run waits for one; told why. */
  readonly person: (world: World, reason: string) => void
}

export const COOPERATIVE: Actors = {
  agent: (world) => agentActs(world, 'cooperative'),
  effects: (world) => effectsAct(world, 'cooperative'),
  checks: (world) => checksAct(world, 'cooperative'),
  reviewers: (world) => reviewersAct(world, 'cooperative'),
  subtasks: (world) => subtasksAct(world, 'cooperative'),
  dependencies: (world) => {
    for (const dependency of world.dependencies) dependency.state = 'completed'
  },
  forge: answerAgain,
  person: personHelps,
}

/** Everybody does one thing about what was decided, and time passes until something is to be looked at. */
export function round(world: World, { action, reason, wakeAt }: Decision, actors: Actors): void {
  actors.agent(world)
  actors.effects(world)
  actors.checks(world)
  actors.reviewers(world)
  actors.subtasks(world)
  actors.dependencies(world)
  actors.forge(world)
  watchLooks(world)
  claim(world)
  if (action.type === 'wait' && action.on === 'person') actors.person(world, reason)
  world.pass(Math.max(1, Math.min((wakeAt ?? world.now) - world.now, 60_000)))
}

/** Goes on until the run rests for the reason. Answers why it waited on the way. */
export function until(
  world: World,
  isThere: (decision: Decision) => boolean,
  actors: Actors = COOPERATIVE,
): readonly string[] {
  const reasons: string[] = []
  for (let rounds = 0; rounds < 400; rounds++) {
    const decision = rest(world)
    expectToGoOn(world, decision)
    reasons.push(decision.reason)
    if (isThere(decision)) return reasons
    round(world, decision, actors)
  }
  throw new Error(`no end in sight${told(world)}`)
}

/** Everybody does what is wanted until the run is over. Answers why it waited on the way. */
export function toTheEnd(world: World): readonly string[] {
  COOPERATIVE.dependencies(world)
  answerAgain(world)
  return until(world, () => isFinished(world.run.state))
}

export function expectLegalHistory(world: World): void {
  world.history.forEach((state, index) => {
    const from = world.history[index - 1]
    if (from !== undefined)
      expect(isLegalTransition(from, state), `${from} -> ${state}${told(world)}`).toBe(true)
  })
}

/** Where a walk is, in words for a failure. */
export function told(world: World): string {
  const { pullRequest, ...facts } = snapshotOf(world)
  const shown = JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
  return `\n${world.decisions.slice(-12).join('\n')}\n${pullRequest.kind} ${shown}`
}

const SILENCE_REASONS: readonly string[] = Object.values(WAITS_ON_SILENCE)

/** The snapshot in which what a resting run waits for has come; null when it is the clock that goes on. */
function whenItComes(world: World, { action, reason }: Decision): Snapshot | null {
  if (action.type !== 'wait') return null
  const s = snapshotOf(world)
  if (SILENCE_REASONS.includes(reason)) return whenItAnswers(world, s)
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

/** The forge answers whoever asked it. */
function whenItAnswers(world: World, s: Snapshot): Snapshot {
  const { pullRequest } = s
  return {
    ...s,
    run: { ...s.run, notBefore: null },
    effects: s.effects.map((each) => ({ ...each, silence: null })),
    pullRequest:
      pullRequest.kind === 'unknown' ? { kind: 'known', observation: observationOf(world) } : pullRequest,
  }
}

/** Whom or what a resting run waits for exists, and when it comes the decision is another. */
export function expectToGoOn(world: World, decision: Decision): void {
  if (isFinished(world.run.state)) return
  const later = whenItComes(world, decision)
  if (later === null) expect(decision.wakeAt, `${decision.reason} may never end${told(world)}`).not.toBeNull()
  else expect(decide(later).reason, `nothing comes of it${told(world)}`).not.toBe(decision.reason)
}
