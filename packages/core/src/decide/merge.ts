import type { Decision, WaitingOn } from '../decision.ts'
import { judgeMerge, type MergeObstacle, type MergeObstacleCode, mergeFactsOf } from '../merge-policy.ts'
import type { PullRequestObservation } from '../pull-request.ts'
import type { EffectFacts, Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import {
  attemptNumber,
  awaitEffect,
  headSinceOf,
  LOOK_SOON_MS,
  lookLater,
  lookSoon,
  requestEffect,
  wait,
} from './build.ts'

/** After a refusal the merge of the same commits is tried again after this long, doubled with every refusal. */
const FIRST_PAUSE_MS = 15_000
const LONGEST_PAUSE_MS = 10 * 60_000

/**
 * While this head is being merged, and after it was, nothing else is decided: what a forge says of the pull request in
 * between (an old base, a conflict with its own merge) is no reason to send an agent back.
 */
export function judgeMergeUnderWay(s: Snapshot, pr: PullRequestObservation): Decision | null {
  const merges = mergesOf(s, `merge:${s.run.id}:${pr.headSha}:`)
  if (merges.some(({ state }) => state === 'executing')) {
    return wait('effect', 'merging', 'The pull request is being merged.', ['The merge is done or refused.'])
  }
  if (merges.some(({ state, refusal }) => state === 'done' && refusal === null)) {
    return wait(
      'forge',
      'merge_done',
      'The merge was carried out; the forge is asked to confirm it.',
      ['The forge shows the pull request as merged.'],
      s.now + LOOK_SOON_MS,
    )
  }
  return null
}

function mergesOf(s: Snapshot, prefix: string): readonly EffectFacts[] {
  return s.effects.filter(({ kind, key }) => kind === 'merge' && key.startsWith(prefix))
}

/** What would take an obstacle away, where its own words do not say it already. */
const WOULD_CHANGE: Readonly<Partial<Record<MergeObstacleCode, string>>> = {
  draft: 'The pull request is marked ready.',
  conflict: 'The conflict is resolved on its branch.',
  mergeability_unknown: 'The forge finds out whether it can be merged.',
  checks_pending: 'The checks end well.',
  checks_failing: 'The checks pass on a new commit.',
  changes_requested:
    'Who requested changes approves, or the review is dismissed; for a reviewing agent a person may approve.',
  approval_missing:
    'Somebody approves this commit; or the repository gets a testCommand that can vouch for it.',
  threads_open: 'The agent answers them, or they are resolved.',
  review_required: 'Somebody approves who the forge requires it of.',
  blocked: 'The forge no longer refuses the merge.',
  review_pending: 'The review ends.',
  review_failed: 'A person approves this commit, or starts another review.',
  subtasks_open: 'Those subtasks end.',
  subtask_failed: 'Those subtasks are retried or deleted.',
}

/** Merges what is proven, or says who or what stands in the way. */
export function judgeMergeNow(s: Snapshot, pr: PullRequestObservation): Decision {
  const facts = mergeFactsOf({ ...s, headSince: headSinceOf(s) })
  const { obstacles, headSha, baseSha } = judgeMerge(pr, facts)
  const [first] = obstacles
  if (first) {
    const on = awaited(obstacles)
    return wait(
      on,
      first.code,
      obstacles.map(({ message }) => message).join(' '),
      [
        ...obstacles.flatMap(({ code }) => WOULD_CHANGE[code] ?? []),
        'A person merges or closes the pull request.',
      ],
      on === 'forge' ? lookSoon(s) : lookLater(s),
    )
  }
  if (!s.policy.autoMerge || s.policy.cautiousMode) {
    const why = s.policy.cautiousMode ? 'cautiousMode is on' : 'autoMerge is off'
    return wait(
      'person',
      'merge_by_person',
      `Everything is in order, but ${why}: a person merges.`,
      ['Merge the pull request.', 'Turn autoMerge on in the repository’s settings.'],
      lookLater(s),
    )
  }
  return mergeOnce(s, pr, { headSha, baseSha })
}

/** Whom to wait for: a person who has to act, then the forge, and where it is only about subtasks, those. */
function awaited(obstacles: readonly MergeObstacle[]): WaitingOn {
  if (obstacles.some(({ code }) => BY_PERSON.includes(code))) return 'person'
  return obstacles.every(({ code }) => code === 'subtasks_open') ? 'subtask' : 'forge'
}

const BY_PERSON: readonly MergeObstacleCode[] = [
  'approval_missing',
  'changes_requested',
  'draft',
  'review_required',
  'blocked',
]

/**
 * One merge at a time for each pair of commits, and for the head alone where its checks say nothing of a base; after a refusal it is
 * tried again, later and later, under the next key.
 */
function mergeOnce(
  s: Snapshot,
  { checks }: PullRequestObservation,
  { headSha, baseSha }: { readonly headSha: string; readonly baseSha: string },
): Decision {
  const commits = checks.baseSha === null ? headSha : `${headSha}:${baseSha}`
  const prefix = `merge:${s.run.id}:${commits}:${attemptNumber(s)}:`
  const tries = mergesOf(s, prefix)
  const open = tries.find(({ state }) => state !== 'done')
  const waiting = open ? awaitEffect(s, open, 'Merging') : null
  if (waiting) return waiting
  const refusals = tries.flatMap(({ refusal }) => (refusal === null ? [] : [refusal]))
  const last = refusals.reduce<(typeof refusals)[number] | null>(
    (latest, refusal) => (latest === null || refusal.at >= latest.at ? refusal : latest),
    null,
  )
  if (last !== null) {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(refusals.length - 1, 10), LONGEST_PAUSE_MS)
    if (last.at + pause > s.now) {
      return wait(
        'forge',
        'merge_refused',
        `The merge was refused: ${oneLine(last.message, 500)} It is tried again.`,
        ['The cause is mended.', 'A person merges or closes the pull request.'],
        last.at + pause,
      )
    }
  }
  return requestEffect(
    {
      kind: 'merge',
      key: `${prefix}${tries.length + 1}`,
      headSha,
      baseSha,
      method: s.policy.mergeMethod,
    },
    `Commit ${headSha.slice(0, 10)} is merged.`,
  )
}
