import type { PullRequest, Repo, Review, Task } from '@optio/contract'

/** What a review says, in a word or two. */
export const REVIEW_WORDS: Readonly<Record<Review['state'], string>> = {
  approved: 'approved',
  changes_requested: 'requested changes',
  commented: 'commented',
  dismissed: 'took the verdict back',
}

/** What the agent does about a problem by itself: facts for words about what comes next. */
export interface SendingBack {
  /** Times it was sent back since a person last stepped in. */
  readonly times: number
  readonly most: number | null
  /** Null while the repository's settings are not known. */
  readonly isOn: boolean | null
}

export function sendingBack(repo: Repo | null, times: number): SendingBack {
  return { times, most: repo?.maxAutoResumes ?? null, isOn: repo?.autoResume ?? null }
}

/** What comes after checks failed or a reviewer requested changes. */
export function afterProblem(task: Pick<Task, 'state'>, { times, most, isOn }: SendingBack): string {
  const count = most === null ? `${times}` : `${times} of at most ${most}`
  switch (task.state) {
    case 'completed':
    case 'failed':
    case 'cancelled':
      return 'The task is over: nothing follows by itself.'
    case 'needs_attention':
      return `Nothing follows by itself: the agent was sent back ${count} times. Push a commit that mends it, or resume the task with instructions.`
    case 'queued':
    case 'provisioning':
    case 'running':
      return `The agent works on it (sent back ${count} times).`
    default:
      break
  }
  if (isOn === false) {
    return 'The repository’s autoResume is off: push a commit that mends it, or resume the task with instructions.'
  }
  if (most !== null && times >= most) {
    return `The agent was sent back ${count} times and is not sent back again: push a commit that mends it, or resume the task.`
  }
  return `The agent is sent back with it${most === null ? '' : ` (time ${times + 1} of at most ${most})`}.`
}

/** What follows a review that was just submitted. */
export function afterReview(state: Review['state'], task: Pick<Task, 'state'>, back: SendingBack): string {
  if (state === 'approved')
    return 'It counts for exactly this commit. What else stands in the way of a merge is said above.'
  if (state !== 'changes_requested') return 'It is kept with the pull request; nothing follows by itself.'
  if (task.state === 'pr_opened') return afterProblem(task, back)
  return 'It blocks the merge until you approve a later version.'
}

/** What takes an obstacle away, where its own words do not say so. */
export function remedyOf({ code }: PullRequest['mergeObstacles'][number]): string | null {
  const remedies: Readonly<Record<string, string>> = {
    draft: 'Merging by hand goes ahead all the same.',
    conflict: 'A commit that resolves it; the agent is sent back for that where autoResume is on.',
    mergeability_unknown: 'The forge works it out; look again in a moment.',
    checks_pending: 'The checks end well.',
    checks_failing: 'A commit on which they pass, or a merge by force.',
    changes_requested: 'A later version with which the reviewer is content, or a merge by force.',
    approval_missing: 'An approval, or your merge by hand: that is one.',
    threads_open: 'The agent answers the remarks, or they are resolved; your merge by hand goes ahead.',
    review_required: 'An approval on the forge, by somebody it takes one from.',
    review_pending: 'The review ends well, or a merge by force.',
    review_failed: 'Another review that ends well, your approval, or a merge by force.',
    subtasks_open: 'The subtasks are completed, or a merge by force.',
    subtask_failed: 'Retry the subtask that failed, or a merge by force.',
    head_moved: 'Reload the diff and look at the new commits.',
  }
  return Object.hasOwn(remedies, code) ? (remedies[code] ?? null) : null
}
