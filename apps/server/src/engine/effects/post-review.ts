import { OptioError } from '@optio/contract'
import { type EffectRequest, ownReviewText, REVIEW_AUTHOR } from '@optio/core'
import type { NewReview } from '@optio/forges'
import type { EngineContext } from '../context.ts'
import { repositoryRef } from '../observe.ts'
import { stateOfVerdict } from '../own-verdicts.ts'
import type { RepositoryRow, RunRow } from '../read-run.ts'
import type { EffectResult } from './effect.ts'

type Request = Extract<EffectRequest, { kind: 'post_review' }>

/**
 * Shows a review's verdict on the pull request, bound to the commit that was read, whatever the head is by now. A pull request that
 * is not open any more is told nothing. The last line of the review names its run: by it an earlier try is found that died before
 * its result was on record.
 */
export async function postReview(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  { headSha, verdict }: Request,
): Promise<EffectResult> {
  const forge = context.forge(repository.gitPlatform)
  const ref = repositoryRef(context, repository)
  const number = run.prNumber ?? 0
  const change = { verdict }
  const { state, reviews } = await forge.observe(ref, number)
  const signature = `Review ${run.id} by an agent, of commit ${headSha.slice(0, 10)}.`
  const isPosted = reviews.some(
    ({ author, body, isOwn }) => (isOwn ?? author === REVIEW_AUTHOR) && body.includes(signature),
  )
  const done = {
    change,
    event: { type: 'task:review_posted', message: words(verdict, headSha) },
    refusal: null,
  }
  if (isPosted) return done
  if (state !== 'open') return notPosted(`Pull request #${number} is ${state}.`)
  try {
    const { redact } = context.agentAccess
    const said = forge.verdictsAreOurs ? ownReviewText(verdict) : { ...verdict, body: verdict.summary }
    const review: NewReview = {
      author: REVIEW_AUTHOR,
      state: stateOfVerdict(verdict.verdict),
      body: redact(`${said.body}\n\n${signature}`),
      comments: said.comments.map((comment) => ({ ...comment, body: redact(comment.body) })),
      headSha,
    }
    await forge.review(ref, number, review)
  } catch (error) {
    if (!(error instanceof OptioError)) throw error
    if (error.code === 'PULL_REQUEST_NOT_OPEN') {
      return notPosted(`Pull request #${number} was closed or merged meanwhile.`)
    }
    // It was pushed over: there is nothing any more that the review could be shown on.
    if (error.code === 'CONFLICT') return notPosted(context.agentAccess.redact(error.message), 'commit_gone')
    throw error
  }
  return done
}

function words({ verdict, comments }: Request['verdict'], headSha: string): string {
  const remarks = comments.length === 0 ? '' : ` with ${comments.length} comment(s)`
  return `Posted the review of ${headSha.slice(0, 10)}: ${verdict}${remarks}.`
}

/** What nobody was shown is no verdict: it lets nothing be merged. */
function notPosted(message: string, code: 'not_open' | 'commit_gone' = 'not_open'): EffectResult {
  return {
    change: {},
    event: { type: 'task:review_not_posted', message: `Nothing was posted: ${message}` },
    refusal: { code, message },
  }
}
