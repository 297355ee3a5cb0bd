import { createHash } from 'node:crypto'
import { OptioError } from '@optio/contract'
import type { ReviewComment } from '@optio/core'
import type { NewReview, RepositoryRef, SubmittedReview } from '../forge.ts'
import { filePatchOf } from '../from-mirror/file-patch.ts'
import { aboutOf } from './about.ts'
import { linesInPatch } from './commentable.ts'
import type { GithubContext } from './context.ts'
import { type RestAnswer, repositoryPath } from './http/client.ts'
import { hasMarkerOf, withMarker } from './marker.ts'
import { findOwn, requireId } from './own-remarks.ts'
import { type Pull, readPull } from './pull.ts'
import { refusedBy, submittedTooQuickly, wordsOf } from './refused.ts'
import { type Fields, fields, time } from './shape.ts'

const MAX_COMMENTS = 50

const VERDICTS: Readonly<Record<NewReview['state'], string>> = {
  approved: 'Approved',
  changes_requested: 'Changes requested',
  commented: 'Comments',
}

interface Placed {
  readonly path: string
  readonly line: number
  readonly body: string
}

/**
 * Posts what an agent said of a commit as a comment review of that commit: the account that opened a pull request may not approve it,
 * so the verdict is words here. Remarks on lines that the diff does not show stand in the text. The same review is posted once.
 */
export async function submitReview(
  context: GithubContext,
  repository: RepositoryRef,
  number: number,
  review: NewReview,
): Promise<SubmittedReview> {
  const pull = await readPull(context.client, repository, number, 'person')
  const headSha = review.headSha ?? pull.headSha
  const key = keyOf(number, headSha, review)
  const path = repositoryPath(repository, 'pulls', number, 'reviews')
  const isMeant = (body: string) => hasMarkerOf(body, key)
  const earlier = await findOwn(context, repository, path, isMeant, { priority: 'person' })
  if (earlier !== null) return submitted(review, headSha, earlier)
  if (pull.state !== 'open') {
    throw new OptioError('PULL_REQUEST_NOT_OPEN', `Pull request #${number} is ${pull.state}.`)
  }
  const { placed, others } = await place(context, repository, pull, headSha, review.comments)
  const post = (body: string, comments: readonly Placed[]): Promise<RestAnswer<unknown>> =>
    context.client.rest<unknown>({
      method: 'POST',
      path,
      body: {
        commit_id: headSha,
        event: 'COMMENT',
        body: withMarker(body, key),
        // Each begins a thread, which is ours to those who read threads.
        comments: comments.map((comment) => ({
          ...comment,
          body: withMarker(comment.body, key),
          side: 'RIGHT',
        })),
      },
      priority: 'person',
      about: aboutOf(repository),
    })
  let answer = await post(textOf(review, headSha, others), placed)
  const isTooQuick = submittedTooQuickly(wordsOf(answer.data)) !== null
  if (answer.status === 422 && placed.length > 0 && !isTooQuick) {
    // GitHub does not take one of the places after all.
    answer = await post(textOf(review, headSha, review.comments), [])
  }
  if (answer.status === 200 || answer.status === 201) {
    return submitted(review, headSha, fields(answer.data, 'a review'))
  }
  if (answer.status === 422 && /commit/i.test(wordsOf(answer.data))) {
    throw new OptioError(
      'CONFLICT',
      `The commit ${headSha.slice(0, 10)} is not part of pull request #${number} any more, so its review was not posted.`,
    )
  }
  throw refusedBy(answer, `post a review on #${number}`, 'Pull requests: write')
}

/** The same words about the same commit are the same review. */
function keyOf(number: number, headSha: string, { author, state, body, comments }: NewReview): string {
  const said = JSON.stringify([number, headSha, author, state, body, comments])
  return `review:${createHash('sha256').update(said).digest('hex').slice(0, 32)}`
}

function submitted(review: NewReview, headSha: string, made: Fields): SubmittedReview {
  const submittedAt = typeof made.submitted_at === 'string' ? time(made, 'submitted_at') : Date.now()
  return { ...review, id: String(requireId(made)), sha: headSha, submittedAt }
}

/** Sorts remarks into those that have a place in the diff and the others. Without the commits in the mirror all are others. */
async function place(
  { mirror }: GithubContext,
  repository: RepositoryRef,
  { baseSha }: Pull,
  headSha: string,
  comments: readonly ReviewComment[],
): Promise<{ placed: Placed[]; others: ReviewComment[] }> {
  const placed: Placed[] = []
  const others: ReviewComment[] = []
  const isReadable =
    comments.length > 0 && (await mirror.holding(repository, [baseSha, headSha]).catch(() => false))
  const shown = new Map<string, ReadonlySet<number>>()
  for (const comment of comments) {
    const { path, line, body } = comment
    if (!isReadable || path === null || line === null || placed.length >= MAX_COMMENTS) {
      others.push(comment)
      continue
    }
    const lines = shown.get(path) ?? (await linesOf(repository, { baseSha, headSha }, path))
    shown.set(path, lines)
    if (lines.has(line)) placed.push({ path, line, body: harmless(body) })
    else others.push(comment)
  }
  return { placed, others }
}

async function linesOf(
  { mirrorDir }: RepositoryRef,
  commits: { readonly baseSha: string; readonly headSha: string },
  path: string,
): Promise<ReadonlySet<number>> {
  return linesInPatch((await filePatchOf(mirrorDir, commits, path))?.patch ?? '')
}

function textOf(review: NewReview, headSha: string, others: readonly ReviewComment[]): string {
  const parts = [`**${VERDICTS[review.state]}** (by ${review.author}, of ${headSha.slice(0, 10)})`]
  if (review.body.trim() !== '') parts.push(harmless(review.body))
  if (others.length > 0) {
    const remarks = others.map(({ path, line, body }) => {
      const where = path === null ? '' : `\`${path.replaceAll('`', '')}${line === null ? '' : `:${line}`}\`: `
      return `- ${where}${harmless(body).replaceAll('\n', '\n  ')}`
    })
    parts.push(remarks.join('\n'))
  }
  return parts.join('\n\n')
}

/** What an agent wrote calls nobody: mentions are broken by a character without width. */
function harmless(text: string): string {
  return text.replace(/(^|[^A-Za-z0-9_`])@(?=[A-Za-z0-9])/g, '$1@\u200b').trim()
}
