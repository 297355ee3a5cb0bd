import type { PullRequestObservation } from '@optio/core'
import type {
  FilePatch,
  ForgeIssue,
  IssuePage,
  IssueRemark,
  PullRequestDetails,
  SubmittedReview,
} from '@optio/forges'
import { redact } from './process-redactor.ts'

/*
 * What a forge says, without secrets in what people and programs wrote there. All else passes as it is: policies go by states, branches,
 * commits, paths, names and ids, and any of these can have the same letters as somebody's secret.
 */

export function redactObservation(observation: PullRequestObservation): PullRequestObservation {
  const { checks, reviews, mergeBlocked, threads } = observation
  return {
    ...observation,
    checks: {
      ...checks,
      items: checks.items.map((check) => ({
        ...check,
        summary: redact(check.summary),
        log: check.log === null ? null : redact(check.log),
      })),
    },
    reviews: reviews.map(redactReview),
    mergeBlocked: mergeBlocked === null ? null : { ...mergeBlocked, message: redact(mergeBlocked.message) },
    ...(threads === undefined
      ? {}
      : { threads: threads.map((thread) => ({ ...thread, comments: thread.comments.map(redactBody) })) }),
  }
}

export function redactDetails(details: PullRequestDetails): PullRequestDetails {
  return {
    ...details,
    observation: redactObservation(details.observation),
    title: redact(details.title),
    body: redact(details.body),
    comments: details.comments.map(redactBody),
    commits: details.commits.map((commit) => ({ ...commit, message: redact(commit.message) })),
    files: details.files.map(redactPatch),
  }
}

export function redactPatch<T extends FilePatch>(file: T): T {
  return file.patch === null ? file : { ...file, patch: redact(file.patch) }
}

/** Its text and its remarks; also of one that is sent. */
export function redactReview<T extends Pick<SubmittedReview, 'body' | 'comments'>>(review: T): T {
  return { ...redactBody(review), comments: review.comments.map(redactBody) }
}

export function redactPage(page: IssuePage): IssuePage {
  return page.unchanged ? page : { ...page, issues: page.issues.map(redactIssue) }
}

export function redactIssue(issue: ForgeIssue): ForgeIssue {
  return { ...redactBody(issue), title: redact(issue.title) }
}

export function redactRemarks(remarks: readonly IssueRemark[]): IssueRemark[] {
  return remarks.map(redactBody)
}

function redactBody<T extends { readonly body: string }>(said: T): T {
  return { ...said, body: redact(said.body) }
}
