import { setDraft } from '../deeds/pulls.ts'
import { replyToThread, setResolved } from '../deeds/reviews.ts'
import { READ, WRITE } from '../rest/route.ts'
import { Refusal } from '../state/refusal.ts'
import { type Context, demand, errorOf } from './context.ts'
import { pullById, threadById } from './lookup.ts'
import { pullNode } from './pull-node.ts'
import { reviewCommentNode, threadNode } from './review-nodes.ts'

interface Input<T> {
  readonly input: T & { readonly clientMutationId?: string | null }
}

const PULLS_WRITE = WRITE('pull_requests=write')

/** Deeds, with their refusals in the shape of GraphQL. */
function doing<T>(deed: () => T): T {
  try {
    return deed()
  } catch (error) {
    throw error instanceof Refusal ? errorOf(error) : error
  }
}

function draft(isDraft: boolean) {
  return ({ input }: Input<{ pullRequestId: string }>, context: Context) => {
    const { repository, issue } = pullById(context, input.pullRequestId)
    demand(context, repository, PULLS_WRITE)
    if (issue.state === 'closed') throw errorOf(new Refusal(422, 'Pull request is closed'))
    setDraft(context.world, repository, issue, isDraft, context.token.user)
    return {
      clientMutationId: input.clientMutationId ?? null,
      pullRequest: pullNode(context, repository, issue),
    }
  }
}

function resolve(resolved: boolean) {
  return ({ input }: Input<{ threadId: string }>, context: Context) => {
    const { repository, issue, thread } = threadById(context, input.threadId)
    // The author of the pull request may, too.
    demand(
      context,
      repository,
      issue.author === context.token.user ? READ('pull_requests=write') : PULLS_WRITE,
    )
    setResolved(context.world, repository, issue, thread, resolved, context.token.user)
    return {
      clientMutationId: input.clientMutationId ?? null,
      thread: threadNode(context, repository, issue, thread),
    }
  }
}

export const MUTATIONS = {
  markPullRequestReadyForReview: draft(false),
  convertPullRequestToDraft: draft(true),
  resolveReviewThread: resolve(true),
  unresolveReviewThread: resolve(false),
  addPullRequestReviewThreadReply: (
    { input }: Input<{ pullRequestReviewThreadId: string; body: string }>,
    context: Context,
  ) => {
    const { repository, issue, thread } = threadById(context, input.pullRequestReviewThreadId)
    demand(context, repository, READ('pull_requests=write'))
    const comment = doing(() =>
      replyToThread(context.world, repository, issue, thread, input.body, context.token.user),
    )
    return {
      clientMutationId: input.clientMutationId ?? null,
      comment: reviewCommentNode(context, repository, issue, thread, comment),
    }
  },
}
