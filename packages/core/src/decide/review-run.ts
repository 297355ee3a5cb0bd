import type { Decision } from '../decision.ts'
import { parseVerdict } from '../review-verdict.ts'
import type { AttemptFacts, Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import { askPerson, awaitEffect, findEffect, requestEffect, transition } from './build.ts'
import { retryOrFail } from './retry.ts'

/** A run of kind `review`: what becomes of its verdict, and of the pull request of another run that it is about. */

const NO_VERDICT =
  'The reviewer’s last message holds no verdict: it must end with a ```json block of the form {"verdict": "approve" | "request_changes" | "comment", "summary": "…", "comments": [{"path": "…", "line": 1, "body": "…"}]}.'

/** Refusals of a forge that has nothing any more that the review could be shown on. */
const NOT_POSTABLE = ['not_open', 'commit_gone']

/** A review whose agent ended well: its verdict is posted, bound to the head it read; no verdict is a failed attempt. */
export function judgeVerdict(s: Snapshot, attempt: AttemptFacts): Decision {
  if (s.run.review === null) {
    const message = 'It is not known which commit was to be reviewed.'
    return transition('failed', 'no_head', message, { error: { category: 'infrastructure', message } })
  }
  const verdict = verdictOf(attempt)
  if (verdict === null) {
    return retryOrFail(s, attempt, NO_VERDICT, { again: 'no_verdict', failed: 'no_verdict' })
  }
  const { headSha } = s.run.review
  const key = `review:${s.run.id}:${attempt.number}`
  const effect = findEffect(s, key)
  if (effect === null) {
    return requestEffect({ kind: 'post_review', key, headSha, verdict }, 'The verdict is posted.')
  }
  const open = awaitEffect(s, effect, 'Posting the review')
  if (open) return open
  if (effect.refusal === null) {
    return transition(
      'completed',
      'reviewed',
      `Commit ${headSha.slice(0, 10)} is reviewed: ${verdict.verdict}.`,
    )
  }
  if (NOT_POSTABLE.includes(effect.refusal.code)) return notPosted(oneLine(effect.refusal.message, 500))
  return askPerson(s, 'effect_failed', `The review was not taken: ${oneLine(effect.refusal.message, 500)}`)
}

function verdictOf(attempt: AttemptFacts | null): ReturnType<typeof parseVerdict> {
  return attempt?.state === 'succeeded' ? parseVerdict(attempt.result ?? '') : null
}

function notPosted(why: string): Decision {
  return transition('completed', 'not_posted', `The review is done, but was not posted. ${why}`)
}

/** The pull request ended: what is said of it has no effect any more, and nothing that is unsaid is worth its cost. */
export function judgeReviewedPullRequest(s: Snapshot): Decision | null {
  if (s.pullRequest.kind !== 'known' || s.pullRequest.observation.state === 'open') return null
  const { number, state } = s.pullRequest.observation
  const posted = s.effects.some(
    (effect) => effect.kind === 'post_review' && effect.state === 'done' && effect.refusal === null,
  )
  if (posted) return transition('completed', 'reviewed', 'The review is posted.')
  if (verdictOf(s.attempt) !== null) return notPosted(`Pull request #${number} is ${state}.`)
  return transition(
    'cancelled',
    'pull_request_ended',
    `Pull request #${number} is ${state}; there is nothing to review any more.`,
  )
}
