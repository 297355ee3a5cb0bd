import type { PullRequestObservation, ReviewThread } from './pull-request.ts'
import type { RunPolicy, ToldThread } from './snapshot.ts'

/** Remarks in threads that nobody has resolved: which of them are a request, and of whom. */

/** Who may ask for something, and what agents were told of already. */
export interface Asking {
  readonly requestsFrom: NonNullable<RunPolicy['requestsFrom']>
  readonly told: readonly ToldThread[]
}

/** What somebody says who may not ask causes no work and is told to no agent. */
export function mayAsk(
  { requestsFrom }: Pick<Asking, 'requestsFrom'>,
  { byWriter }: { readonly byWriter?: boolean },
): boolean {
  return requestsFrom === 'anyone' || byWriter !== false
}

/**
 * Threads with a remark that no attempt was told of yet, by somebody who may ask; in each only what those said, and Optio. It is told
 * by thread, not by one time for all: a remark that was drafted before another was dealt with is shown after it.
 */
export function unansweredThreads(pr: PullRequestObservation, asking: Asking): readonly ReviewThread[] {
  return (pr.threads ?? []).flatMap((thread) => {
    const until = asking.told.find(({ id }) => id === thread.id)?.until ?? Number.NEGATIVE_INFINITY
    const comments = thread.comments.filter((each) => each.isOwn || mayAsk(asking, each))
    const isNews = comments.some(({ isOwn, createdAt }) => !isOwn && createdAt > until)
    return isNews ? [{ ...thread, comments }] : []
  })
}

/** Threads that an attempt was told of and in which Optio has not had the last word since. */
export function threadsToAnswer(
  pr: PullRequestObservation,
  { told }: Pick<Asking, 'told'>,
): readonly ReviewThread[] {
  return (pr.threads ?? []).filter(
    ({ id, comments }) => told.some((each) => each.id === id) && comments.at(-1)?.isOwn === false,
  )
}

/** Those who said something in them, each once. */
export function authorsOf(threads: readonly ReviewThread[]): readonly string[] {
  const said = threads.flatMap(({ comments }) => comments.filter(({ isOwn }) => !isOwn))
  return [...new Set(said.map(({ author }) => author))]
}

/** What an attempt was told of these threads. */
export function toldOf(threads: readonly ReviewThread[]): readonly ToldThread[] {
  return threads.map(({ id, comments }) => ({
    id,
    until: Math.max(0, ...comments.filter(({ isOwn }) => !isOwn).map(({ createdAt }) => createdAt)),
  }))
}
