import type { AttemptContext } from '../decision.ts'
import type { CheckObservation, ReviewObservation, ReviewThread } from '../pull-request.ts'
import { oneLine } from '../text.ts'
import { foreign, shellWord } from './foreign.ts'
import { usefulTail } from './useful-tail.ts'

/** Sizes in bytes that bound a prompt, however much a log or a reviewer says. */
const MOST_BLOCK_BYTES = 64 * 1024
const MOST_LOG_BYTES = 24 * 1024
const MOST_COMMENT_BYTES = 4 * 1024
const MOST_ERROR_BYTES = 8 * 1024
const MOST_FILES = 200
const MOST_CHECKS = 8
const MOST_REVIEWS = 20
const MOST_COMMENTS = 100
const MOST_THREADS = 50
const MOST_THREAD_COMMENTS = 20
const MOST_DEPENDENCIES = 20

/** What is wrong, one section each; empty where the context does not hold it. */
export interface Problems {
  readonly othersCommits: string
  readonly conflict: string
  readonly failedChecks: string
  readonly requestedChanges: string
  readonly previousError: string
  readonly uncommittedFiles: string
}

/** `purpose` commit: for an attempt that is made only to have left-over files committed; nothing else is told then. */
export function problemSections(
  context: AttemptContext,
  {
    branch,
    baseRef,
    purpose,
  }: { readonly branch: string; readonly baseRef: string; readonly purpose: 'commit' | null },
): Problems {
  const none = {
    othersCommits: '',
    conflict: '',
    failedChecks: '',
    requestedChanges: '',
    previousError: '',
    uncommittedFiles: '',
  }
  if (purpose === 'commit') return { ...none, uncommittedFiles: commitSection(context.dirtyFiles ?? []) }
  const { conflictFiles, failedChecks, othersHead, previousError } = context
  return {
    ...none,
    othersCommits: othersHead === undefined ? '' : othersSection(othersHead, branch),
    conflict: conflictFiles ? conflictSection(conflictFiles, context.baseRef ?? baseRef) : '',
    failedChecks: failedChecks?.length ? checksSection(failedChecks) : '',
    requestedChanges: requestsSection(context.reviews ?? [], context.threads ?? []),
    previousError: previousError ? errorSection(previousError) : '',
  }
}

function checksSection(checks: readonly CheckObservation[]): string {
  const shown = checks.slice(0, MOST_CHECKS)
  // Every check gets its share of the block, so that a long log of one does not hide the others.
  const room = Math.min(MOST_LOG_BYTES, Math.floor((MOST_BLOCK_BYTES * 0.9) / shown.length))
  const blocks = shown.map((check) => {
    const log = check.log === null ? '(there is no log)' : usefulTail(check.log, room)
    const summary = oneLine(check.summary, 1000)
    return `check: ${oneLine(check.name, 200)}\nresult: ${check.conclusion ?? 'unknown'}\nsummary: ${summary}\n\n${log}`
  })
  const rest = checks.length - blocks.length
  if (rest > 0) blocks.push(`(${rest} more failed)`)
  return [
    '## Failed checks',
    'These checks failed on the pull request. Find out why and mend the cause in the code. Do not delete, skip or weaken tests, and do not change what runs them, just to make them pass.',
    foreign('what the checks printed', blocks.join('\n\n---\n\n'), MOST_BLOCK_BYTES),
  ].join('\n\n')
}

function requestsSection(reviews: readonly ReviewObservation[], threads: readonly ReviewThread[]): string {
  if (reviews.length === 0 && threads.length === 0) return ''
  return [
    '## Requested changes',
    'Reviewers want changes to the pull request. Deal with every point: change the code, or say in your closing summary why you did not.',
    ...(reviews.length === 0 ? [] : [reviewsBlock(reviews)]),
    ...(threads.length === 0 ? [] : [threadsBlock(threads)]),
  ].join('\n\n')
}

function reviewsBlock(reviews: readonly ReviewObservation[]): string {
  const blocks = reviews.slice(-MOST_REVIEWS).map((review) => {
    const comments = review.comments
      .slice(0, MOST_COMMENTS)
      .map((comment) => `${placeOf(comment)}: ${usefulCut(comment.body)}`)
    const rest = review.comments.length - comments.length
    if (rest > 0) comments.push(`(${rest} more comments)`)
    const head = `review by ${oneLine(review.author, 100)} of commit ${oneLine(review.headSha, 64).slice(0, 10)}`
    return [head, usefulCut(review.body), ...comments].filter((part) => part !== '').join('\n\n')
  })
  return foreign('what the reviewers wrote', blocks.join('\n\n---\n\n'), MOST_BLOCK_BYTES)
}

/** The newest threads, each with its last words: those are what is asked for now. */
function threadsBlock(threads: readonly ReviewThread[]): string {
  const blocks = threads.slice(-MOST_THREADS).map((thread) => {
    const said = thread.comments.slice(-MOST_THREAD_COMMENTS).map(({ author, body, isOwn }) => {
      return `${isOwn ? 'Optio' : oneLine(author, 100)}: ${usefulCut(body)}`
    })
    return [`remarks on ${placeOf(thread)}`, ...said].join('\n\n')
  })
  const rest = threads.length - blocks.length
  if (rest > 0) blocks.unshift(`(${rest} older ones)`)
  return foreign('what was remarked on lines of the change', blocks.join('\n\n---\n\n'), MOST_BLOCK_BYTES)
}

function placeOf({ path, line }: { readonly path: string | null; readonly line: number | null }): string {
  const file = path === null ? 'general' : oneLine(path, 500)
  return line === null ? file : `${file}:${line}`
}

/** What others pushed to the branch is kept: publishing over it is refused unless the agent's commits hold it. */
function othersSection(head: string, branch: string): string {
  const theirs = shellWord(`origin/${branch}`)
  return [
    '## Commits by others',
    `Somebody else has pushed to your branch: on the forge it is at ${shellWord(head).slice(0, 10)}. Keep those commits and build on them. See what they are, and take them over first if your branch does not have them. Commits of yours that are missing there were taken out on purpose: do not bring them back.`,
    `    git fetch origin && git log HEAD..${theirs} && git rebase ${theirs}`,
  ].join('\n\n')
}

function usefulCut(text: string): string {
  return usefulTail(text, MOST_COMMENT_BYTES)
}

function conflictSection(files: readonly string[], baseRef: string): string {
  const upstream = shellWord(`origin/${baseRef}`)
  return [
    '## Conflict',
    'The branch conflicts with the one it is to be merged into. Rebase it, resolve every conflict so that the purpose of both sides is kept, and finish the rebase:',
    `    git fetch origin && git rebase ${upstream}`,
    ...(files.length === 0
      ? []
      : [foreign('the list of conflicting files', fileList(files), MOST_BLOCK_BYTES)]),
  ].join('\n\n')
}

function commitSection(files: readonly string[]): string {
  return [
    '## Uncommitted files',
    'You ended with files that are not committed; only commits count. Commit what belongs to the task, and delete or ignore what does not, so that `git status` shows nothing. Do nothing else.',
    ...(files.length === 0 ? [] : [foreign('the list of those files', fileList(files), MOST_BLOCK_BYTES)]),
  ].join('\n\n')
}

function fileList(files: readonly string[]): string {
  const shown = files.slice(0, MOST_FILES).map((file) => oneLine(file, 500))
  const rest = files.length - shown.length
  return [...shown, ...(rest > 0 ? [`(${rest} more)`] : [])].join('\n')
}

function errorSection(error: string): string {
  return [
    '## How the attempt before ended',
    foreign('the error it ended with', usefulTail(error, MOST_ERROR_BYTES), MOST_ERROR_BYTES),
  ].join('\n\n')
}

/** What a run that was finished before this one came to. */
export interface DependencyWords {
  readonly title: string
  /** What its agent said at its end; null when it said nothing. */
  readonly resultSummary: string | null
  readonly branch: string | null
  /** The commit it was merged as; null for one that ended without a merge. */
  readonly mergedSha: string | null
}

/** Empty without dependencies. */
export function dependencySection(dependencies: readonly DependencyWords[]): string {
  if (dependencies.length === 0) return ''
  const shown = dependencies.slice(0, MOST_DEPENDENCIES)
  const room = Math.min(MOST_ERROR_BYTES, Math.floor((MOST_BLOCK_BYTES * 0.8) / shown.length))
  const blocks = shown.map(({ title, resultSummary, branch, mergedSha }) =>
    [
      `task: ${oneLine(title, 500)}`,
      ...(branch === null ? [] : [`branch: ${oneLine(branch, 500)}`]),
      ...(mergedSha === null ? [] : [`merged as commit: ${oneLine(mergedSha, 64)}`]),
      resultSummary?.trim() ? `result:\n\n${usefulTail(resultSummary, room)}` : 'result: (nothing was said)',
    ].join('\n'),
  )
  const rest = dependencies.length - shown.length
  if (rest > 0) blocks.push(`(${rest} more)`)
  const isMerged = dependencies.some(({ mergedSha }) => mergedSha !== null)
  return [
    '## What was done before',
    `This task builds on others that are finished.${isMerged ? ' What was merged of them is in the base branch.' : ''}`,
    foreign(
      'what those tasks were and what their agents say they did',
      blocks.join('\n\n---\n\n'),
      MOST_BLOCK_BYTES,
    ),
  ].join('\n\n')
}
