import { isLive, type RunKind } from '@optio/core'
import { agentActs, endAttempt, succeed } from './agent.ts'
import { effectsAct } from './executor.ts'
import { silenceComesAndGoes } from './forge.ts'
import { reviewersDo } from './parts.ts'
import { personAsks } from './persons.ts'
import { review } from './remarks.ts'
import { type Actors, COOPERATIVE } from './walks.ts'
import type { World } from './world.ts'

/**
 * Walks that are given an intention: one thing goes wrong for certain, so that a run comes to rest for one reason whatever the seed.
 * Everybody else does what is wanted, and the forge is silent at times.
 */
export interface Aim {
  /** Of the rest that it leads to. */
  readonly reason: string
  readonly kinds: readonly RunKind[]
  /** How the run ends once everybody helps. */
  readonly end: 'completed' | 'cancelled'
  /** What has to be so in the world, which else is left to chance. */
  readonly prepare?: (world: World) => void
  /** Those who see to it. */
  readonly actors: () => Partial<Actors>
}

/** Everybody helps but those who see to the aim. */
export function actorsOf(aim: Pick<Aim, 'actors'>): Actors {
  return { ...COOPERATIVE, forge: silenceComesAndGoes, ...aim.actors() }
}

const EVERY_KIND: readonly RunKind[] = ['repo', 'standalone', 'review']

export const AIMS: readonly Aim[] = [
  {
    reason: 'dependency_failed',
    kinds: EVERY_KIND,
    end: 'completed',
    prepare: (world) => {
      world.giveDependency()
      if (world.run.taskType === 'step') world.run.taskType = 'coding'
      world.policy.onDependencyFailure = 'wait'
    },
    actors: () => ({ dependencies: dependencyFails }),
  },
  {
    reason: 'held',
    kinds: EVERY_KIND,
    end: 'completed',
    prepare: (world) => {
      world.run.held = true
    },
    actors: () => ({}),
  },
  {
    reason: 'machine_faults',
    kinds: EVERY_KIND,
    end: 'completed',
    actors: () => ({ agent: agentThat((world) => endAttempt(world, 'lost')) }),
  },
  {
    reason: 'environment_failed',
    kinds: EVERY_KIND,
    end: 'completed',
    actors: () => ({ agent: hasNoPlace }),
  },
  {
    reason: 'stopping',
    kinds: EVERY_KIND,
    end: 'cancelled',
    actors: () => ({ forge: cancelWhen(({ attempt }) => attempt?.state === 'running') }),
  },
  {
    reason: 'effect_executing',
    kinds: ['repo', 'review'],
    end: 'cancelled',
    actors: () => ({
      forge: cancelWhen(({ effects }) => effects.some(({ state }) => state === 'executing')),
    }),
  },
  {
    reason: 'effect_failed',
    kinds: ['repo', 'review'],
    end: 'completed',
    actors: () => ({ effects: effectsFail }),
  },
  {
    reason: 'stopping_checks',
    kinds: ['repo'],
    end: 'cancelled',
    prepare: (world) => {
      wantsChecks(world)
      Object.assign(world, { ownChecks: true, marksRequired: false })
    },
    actors: () => ({
      forge: cancelWhen(({ checks }) => checks.some(({ status }) => status === 'running')),
    }),
  },
  {
    reason: 'no_progress',
    kinds: ['repo'],
    end: 'completed',
    prepare: wantsChecks,
    actors: () => ({ agent: agentThat((world) => commits(world, { once: true, good: false })) }),
  },
  {
    reason: 'forge_behind',
    kinds: ['repo'],
    end: 'completed',
    prepare: wantsChecks,
    actors: () => ({
      agent: agentThat((world) => commits(world, { once: false, good: world.cloneHead !== null })),
      effects: showLate,
      // A forge that says nothing does not say what was before, either.
      forge: () => {},
    }),
  },
  {
    reason: 'review_failed',
    kinds: ['repo'],
    end: 'completed',
    prepare: wantsReviews,
    actors: () => ({ reviewers: (world) => reviewersDo(world, () => null) }),
  },
  {
    reason: 'review_rounds',
    kinds: ['repo'],
    end: 'completed',
    prepare: wantsReviews,
    actors: () => ({ reviewers: (world) => reviewersDo(world, () => 'request_changes') }),
  },
  {
    reason: 'changes_requested',
    kinds: ['repo'],
    end: 'completed',
    actors: () => ({ forge: adaObjects }),
  },
  {
    reason: 'subtasks_open',
    kinds: ['repo'],
    end: 'completed',
    prepare: hasSubtask,
    actors: () => ({ subtasks: () => {} }),
  },
  {
    reason: 'subtask_failed',
    kinds: ['repo'],
    end: 'completed',
    prepare: hasSubtask,
    actors: () => ({ subtasks: subtasksFail }),
  },
  {
    reason: 'merge_refused',
    kinds: ['repo'],
    end: 'completed',
    prepare: (world) => Object.assign(world.policy, { autoMerge: true, cautiousMode: false }),
    actors: () => ({ effects: mergeIsRefused }),
  },
]

export function dependencyFails(world: World): void {
  for (const dependency of world.dependencies) dependency.state = world.pick(['failed', 'cancelled'] as const)
}

/** An agent that works as others do, and always ends like this. */
export function agentThat(ends: (world: World) => void): (world: World) => void {
  return (world) => {
    const { attempt } = world
    if (attempt?.state !== 'running' || attempt.stopRequested !== null) return agentActs(world, 'cooperative')
    ends(world)
  }
}

function hasNoPlace(world: World): void {
  const { attempt } = world
  if (attempt === null || !isLive(attempt.state)) return
  attempt.environmentFault = true
  endAttempt(world, 'failed')
}

/** The agent commits each time, or only the first time it is asked. */
function commits(world: World, did: { readonly once: boolean; readonly good: boolean }): void {
  const does = !did.once || world.cloneHead === null
  succeed(world, { commits: does, good: did.good, dirty: false, verdict: true })
}

function cancelWhen(isTime: (world: World) => boolean): (world: World) => void {
  return (world) => {
    if (isTime(world)) personAsks(world, 'cancel')
  }
}

function effectsFail(world: World): void {
  const executing = world.effects.find(({ state }) => state === 'executing')
  if (executing) Object.assign(executing, { state: 'dead', silence: null, lastError: 'the disk is full' })
  else effectsAct(world, 'cooperative')
}

function mergeIsRefused(world: World) {
  const merge = world.effects.find(({ kind, state }) => kind === 'merge' && state === 'executing')
  if (!merge) return effectsAct(world, 'cooperative')
  const refusal = { code: 'blocked', message: 'The checkout of main is dirty.', at: world.now }
  Object.assign(merge, { state: 'done', silence: null, doneAt: world.now, refusal })
}

/** What was pushed is shown late. */
function showLate(world: World): void {
  const head = world.remoteHead
  effectsAct(world, 'cooperative')
  if (head !== null && world.remoteHead !== head) world.lag = { head, until: world.now + 90_000 }
}

/** Somebody asks for changes once, and does not come back. */
function adaObjects(world: World): void {
  const { remote } = world
  if (remote?.state === 'open' && remote.reviews.every(({ author }) => author !== 'ada'))
    review(world, 'ada', 'changes_requested')
}

function hasSubtask(world: World): void {
  const part = { runId: 'part-1', title: 'part-1', taskType: 'child' as const, blocksParent: true }
  world.subtasks = [{ ...part, state: 'running' }]
}

function subtasksFail(world: World): void {
  for (const part of world.subtasks) part.state = world.pick(['failed', 'cancelled'] as const)
}

function wantsChecks(world: World): void {
  world.checksRequired = true
}

export function wantsReviews(world: World): void {
  const trigger = world.pick(['on_pr', 'on_ci_pass'] as const)
  world.policy.review = { trigger, maxRounds: world.pick([1, 2]) }
}
