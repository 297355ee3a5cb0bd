import type { Decision, EffectRequest } from '../decision.ts'
import { askingOf } from '../merge-policy.ts'
import type { PullRequestObservation } from '../pull-request.ts'
import type { AttemptFacts, AttemptOutcome, EffectFacts, Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import { threadsToAnswer } from '../threads.ts'
import { askPerson, awaitEffect, findEffect, forgeSilent, requestEffect, transition, wait } from './build.ts'
import { SECRET_IN_CHANGES, secretInChanges } from './leaks.ts'

/** Code with which publishing is refused because somebody else moved the branch. */
const BRANCH_MOVED = 'branch_moved'

/** A forge that was just told something is asked again after this long. */
const LOOK_AT_ONCE_MS = 1_000

/** A forge that shows another commit than was pushed for longer than this is not behind: somebody moved the branch back. */
const BEHIND_AT_MOST_MS = 2 * 60_000

/** Brings the agent's commits to the forge: publish, open, then the pull request decides. */
export function judgeProposal(s: Snapshot, attempt: AttemptFacts, outcome: AttemptOutcome): Decision {
  const { headSha } = outcome
  if (headSha === null || outcome.commitsAhead === 0) {
    return askPerson(s, 'no_changes', 'The agent ended without committing anything.')
  }
  if (isReaction(attempt) && !bringsSomethingNew(s, attempt, headSha)) {
    return askPerson(
      s,
      'no_progress',
      'The agent was sent back to its pull request and ended without a new commit.',
    )
  }
  return judgePublication(s, attempt, headSha) ?? judgeOpening(s, attempt, headSha)
}

/** Attempts that were made because of something about the pull request, and so must change it. */
function isReaction(attempt: AttemptFacts): boolean {
  return attempt.reason === 'ci_failed' || attempt.reason === 'review' || attempt.reason === 'conflict'
}

/**
 * The clone's head is news when it is neither where the pull request was, nor where Optio had brought it before: if a person
 * has pushed, the clone of an agent that did nothing is not at the pull request's head and has nothing new all the same.
 */
function bringsSomethingNew(s: Snapshot, attempt: AttemptFacts, headSha: string): boolean {
  if (headSha === attempt.pullRequestHead) return false
  return headSha !== s.run.publishedSha || isPublishedBy(s, attempt, headSha)
}

function publishKey(s: Snapshot, attempt: AttemptFacts, headSha: string): string {
  return `publish:${s.run.id}:${attempt.number}:${headSha}`
}

function isPublishedBy(s: Snapshot, attempt: AttemptFacts, headSha: string): boolean {
  return publicationBy(s, attempt, headSha) !== null
}

/** The effect with which this attempt's commits were brought to the forge. */
function publicationBy(s: Snapshot, attempt: AttemptFacts, headSha: string): EffectFacts | null {
  const effect = findEffect(s, publishKey(s, attempt, headSha))
  return effect?.state === 'done' && effect.refusal === null ? effect : null
}

function judgePublication(s: Snapshot, attempt: AttemptFacts, headSha: string): Decision | null {
  if (s.run.publishedSha === headSha) return null
  const key = publishKey(s, attempt, headSha)
  const effect = findEffect(s, key)
  if (effect === null) return requestEffect({ kind: 'publish', key, headSha }, 'The branch is published.')
  if (effect.state === 'done') {
    return effect.refusal ? judgeRefusal(s, effect.refusal) : withoutResult(s, 'Publishing the branch')
  }
  return awaitEffect(s, effect, 'Publishing the branch')
}

function judgeRefusal(s: Snapshot, { code, message }: NonNullable<EffectFacts['refusal']>): Decision {
  if (code === SECRET_IN_CHANGES) return secretInChanges(s, oneLine(message, 1_000))
  if (code === BRANCH_MOVED) {
    return askPerson(s, 'branch_moved', oneLine(message, 500) || 'The branch was moved by others.')
  }
  const why = oneLine(message, 1_000)
  return askPerson(
    s,
    'publish_refused',
    `The forge does not take the commits: ${why || 'it does not say why.'}`,
  )
}

function judgeOpening(s: Snapshot, attempt: AttemptFacts, headSha: string): Decision {
  if (s.run.prNumber === null) {
    const doing = 'Opening the pull request'
    const key = `open:${s.run.id}:${s.run.branch}:${attempt.number}`
    const effect = findEffect(s, key)
    if (effect) return awaitEffect(s, effect, doing) ?? withoutResult(s, doing)
    return requestEffect(
      { kind: 'open_pull_request', key, headSha, draft: s.policy.cautiousMode },
      'The pull request is opened.',
    )
  }
  if (s.pullRequest.kind === 'unknown') return forgeSilent(s.pullRequest)
  if (s.pullRequest.kind === 'none') {
    return forgeSilent({ message: 'it was not asked yet.', retryAt: s.now + LOOK_AT_ONCE_MS })
  }
  const pr = s.pullRequest.observation
  return (
    judgeOldNews(s, pr) ??
    transition('pr_opened', 'published', `Pull request #${s.run.prNumber} has the agent’s commits.`, {
      effects: answersTo(s, pr, headSha),
    })
  )
}

/** What was asked in threads is answered there once the commits that deal with it are on the pull request. */
function answersTo(s: Snapshot, pr: PullRequestObservation, headSha: string): readonly EffectRequest[] {
  const threadIds = threadsToAnswer(pr, askingOf(s)).map(({ id }) => id)
  if (threadIds.length === 0) return []
  return [{ kind: 'answer_threads', key: `answer:${s.run.id}:${headSha}`, headSha, threadIds }]
}

/** An effect that was done and left no trace would be asked for again and again: it is a person's business. */
function withoutResult(s: Snapshot, doing: string): Decision {
  return askPerson(
    s,
    'effect_failed',
    `${doing} was done, but its result is missing; resume the task to have it done again.`,
  )
}

/**
 * A forge may still show the pull request as it was before Optio's push (a cache, a replica). What it says of the old commit
 * is no answer: an agent would be sent back for what it has just mended. Null when the news has arrived, or has had the time to.
 */
export function judgeOldNews(s: Snapshot, pr: PullRequestObservation): Decision | null {
  const { attempt } = s
  const published = s.run.publishedSha
  if (attempt === null || published === null || pr.headSha === published) return null
  if (pr.headSha !== attempt.pullRequestHead) return null
  const publication = publicationBy(s, attempt, published)
  if (publication === null || (publication.doneAt ?? s.now) < s.now - BEHIND_AT_MOST_MS) return null
  return wait(
    'forge',
    'forge_behind',
    `The forge still shows commit ${pr.headSha.slice(0, 10)}; ${published.slice(0, 10)} was published since.`,
    ['The forge shows the published commit.', 'Another commit is pushed to the branch.'],
    s.now + LOOK_AT_ONCE_MS,
  )
}
