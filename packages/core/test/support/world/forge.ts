import type { SilenceReason } from '@optio/core'
import { remark, review, STRANGER } from './remarks.ts'
import type { World } from './world.ts'

/** The forge and the people at it, who do not care for Optio. */

export const SILENCES: readonly SilenceReason[] = [
  'credential',
  'replaced',
  'limited',
  'unreachable',
  'failing',
]

/** Those that a person ends; the others end with time. */
const BY_PERSON: readonly SilenceReason[] = ['credential', 'replaced']

const LONGEST_SILENCE_MS = 90_000

export function fallSilent(world: World, why: SilenceReason, until: number | null): void {
  world.silence = { why, message: `it did not answer (${why})`, until }
}

/** It answers again because a person saw to that: what waited for it is tried at once. */
export function answerAgain(world: World): void {
  world.silence = null
  const { attempt, run } = world
  if (run.state === 'queued' && attempt?.failure?.kind === 'forge') run.notBefore = null
}

/** It falls silent, or answers again: more often the latter, so that there are walks in both. */
export function silenceComesAndGoes(world: World): void {
  if (world.silence === null) {
    if (!world.chance(0.3)) return
    const why = world.pick(SILENCES)
    const until = world.now + 1 + Math.floor(world.random() * LONGEST_SILENCE_MS)
    fallSilent(world, why, BY_PERSON.includes(why) ? null : until)
  } else if (world.chance(0.7)) answerAgain(world)
}

/** The watch looks at the pull request: what was heard before is no longer relied on. */
export function watchLooks(world: World): void {
  world.heard = null
}

/** One thing happens at the forge. */
export function forgeActs(world: World): void {
  const { remote } = world
  const what = world.random()
  if (what > 0.97) {
    const old = world.base
    world.base = `${old}+`
    if (world.chance(0.5)) world.conflictingBases.add(world.base)
  }
  if (remote === null || remote.state !== 'open' || world.remoteHead === null) return
  if (what > 0.87 && what < 0.93) {
    review(
      world,
      world.pick(['ada', 'bob', STRANGER]),
      world.pick(['approved', 'changes_requested', 'commented', 'dismissed'] as const),
    )
  }
  if (what > 0.93 && what < 0.94) world.remoteHead = world.newCommit(world.chance(0.7))
  if (what > 0.94 && what < 0.943) remote.state = 'merged'
  if (what > 0.943 && what < 0.946) remote.state = 'closed'
  if (what > 0.946 && what < 0.95) world.policy.autoMerge = !world.policy.autoMerge
  if (what > 0.82 && what < 0.87) threadsAct(world, remote)
}

/** Somebody begins a thread, says something in one, or resolves one. */
function threadsAct(world: World, { threads }: NonNullable<World['remote']>): void {
  const comment = remark(world, world.pick(['ada', 'bob', STRANGER]), 'why?')
  const thread = threads.length > 0 && world.chance(0.5) ? world.pick(threads) : null
  if (thread === null) {
    const id = `thread-${++world.commitCount}`
    threads.push({ id, path: 'a.txt', line: 1, comments: [comment] })
  } else if (world.chance(0.3)) threads.splice(threads.indexOf(thread), 1)
  else thread.comments = [...thread.comments, comment]
}
