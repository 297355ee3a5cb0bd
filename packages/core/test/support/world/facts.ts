import {
  isFinished,
  isMachineFault,
  type PullRequestFacts,
  type PullRequestObservation,
  type Snapshot,
} from '@optio/core'
import type { Silence, World } from './world.ts'

/** The facts that the engine would have of a world, as its snapshot. */

const CHECK = { summary: '', url: null, log: null }

/** What was heard longer ago than this is asked for again. */
const OLDEST_MS = 10 * 60_000

/** A forge that gave no answer, and no time, is asked again after this long. */
const PAUSE_MS = 5_000

export function snapshotOf(world: World): Snapshot {
  const { attempts, attempt, effects, liveChecks } = world
  const latestFirst = [...attempts].reverse()
  const firstSound = latestFirst.findIndex((each) => !isMachineFault(each))
  const kind = attempt?.failure?.kind
  const otherFailure = latestFirst.findIndex(({ failure }) => kind === undefined || failure?.kind !== kind)
  return structuredClone({
    now: world.now,
    run: world.run,
    policy: world.policy,
    attempt,
    lostInARow: firstSound === -1 ? attempts.length : firstSound,
    sameFailureInARow: otherFailure === -1 ? attempts.length : otherFailure,
    spent: world.spent,
    pullRequest: pullRequestFactsOf(world),
    effects: effects.map(({ kind, key, state, lastError, silence, refusal, doneAt }) => ({
      kind,
      key,
      state,
      lastError,
      silence: silence ?? null,
      refusal,
      doneAt: doneAt ?? null,
    })),
    liveChecks: {
      count: liveChecks.length,
      stopRequested: liveChecks.length > 0 && liveChecks.every((check) => check.stopRequested),
    },
    dependencies: world.dependencies,
    subtasks: world.subtasks,
    reviews: world.reviews,
    capacity: { globalLimit: 5, globalUsed: 0, groupLimit: 2, groupUsed: 0, ahead: 0 },
  })
}

function pullRequestFactsOf(world: World): PullRequestFacts {
  if (world.run.prNumber === null || world.remote === null || isFinished(world.run.state))
    return { kind: 'none' }
  const { silence, watched } = world
  const heard = watched && !world.ownChecks ? stillHeard(world) : null
  if (heard !== null) return known(world, heard)
  if (silence !== null) return unknown(world, silence)
  const observation = shownBy(world, world.lag?.head)
  // What lags is asked for again, and not kept.
  if (watched && world.lag === null) world.heard = structuredClone(observation)
  return known(world, observation)
}

/** A forge that only takes no more requests has said nothing against what it said before. */
function stillHeard({ heard, silence, now }: World): PullRequestObservation | null {
  if (heard === null || now - heard.observedAt > OLDEST_MS) return null
  return silence === null || silence.why === 'limited' ? heard : null
}

function known(world: World, seen: PullRequestObservation): PullRequestFacts {
  const observation = withRecords(world, seen)
  const headSince = world.seenSince(observation.headSha)
  return { kind: 'known', observation, watched: world.watched, headSince }
}

function unknown({ now }: World, { why, message, until }: Silence): PullRequestFacts {
  const retryAt = why === 'limited' && until !== null ? until : now + PAUSE_MS
  return { kind: 'unknown', message, retryAt, why }
}

/** What the forge says to one who asks it now, with what Optio has on record. */
export function observationOf(world: World): PullRequestObservation {
  return withRecords(world, shownBy(world))
}

function withRecords({ records }: World, seen: PullRequestObservation): PullRequestObservation {
  return { ...seen, reviews: [...seen.reviews, ...records] }
}

/** `oldHead` where a replica lags. */
function shownBy(world: World, oldHead?: string): PullRequestObservation {
  const { remote, remoteHead, base, ownChecks, marksRequired } = world
  if (remote === null || remoteHead === null) throw new Error('there is no pull request to show')
  const headSha = oldHead ?? remoteHead
  const conflicts = world.basedOn.get(headSha) !== base && world.conflictingBases.has(base)
  const shown = world.checks.filter(
    (check) => check.headSha === headSha && (!ownChecks || check.baseSha === base),
  )
  return {
    number: 7,
    url: 'http://forge.test/7',
    state: remote.state,
    draft: remote.draft,
    headSha,
    baseRef: 'main',
    baseSha: base,
    mergeable: !conflicts,
    conflictFiles: conflicts ? ['a.txt'] : [],
    checks: {
      required: world.checksRequired,
      headSha,
      baseSha: ownChecks ? base : null,
      items: shown.flatMap(({ status, conclusion }) => [
        { ...CHECK, name: 'tests', status, conclusion, ...(marksRequired ? { required: true } : {}) },
        ...(marksRequired
          ? [{ ...CHECK, name: 'lint', status: 'completed' as const, conclusion: 'failure' as const }]
          : []),
      ]),
    },
    reviews: [...remote.reviews],
    threads: remote.threads.filter(({ comments }) => comments.length > 0),
    mergeBlocked: null,
    mergedSha: null,
    observedAt: world.now,
  }
}
