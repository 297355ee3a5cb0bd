import type { PullRequest } from '@optio/contract'
import { currentChecks } from '@optio/core'
import type { PullRequestDetails } from '@optio/forges'

/** Checks are those that spoke about the head (and base) of now; older ones are as if they had not. */
export function toPullRequest(details: PullRequestDetails): PullRequest {
  const { observation: seen } = details
  return {
    number: seen.number,
    url: seen.url,
    title: details.title,
    body: details.body,
    state: seen.state,
    draft: seen.draft,
    head: { ref: details.headRef, sha: seen.headSha },
    base: { ref: seen.baseRef, sha: seen.baseSha },
    mergeable: seen.mergeable,
    checks: currentChecks(seen).map(({ name, status, conclusion, url, summary, log }) => ({
      name,
      status,
      conclusion,
      url,
      summary,
      ...(log === null ? {} : { log }),
    })),
    reviews: seen.reviews.map(({ author, state, body, headSha, submittedAt }) => ({
      author,
      state,
      body,
      sha: headSha,
      submittedAt: isoTime(submittedAt),
    })),
    comments: details.comments.map(({ id, author, body, createdAt }) => ({
      id,
      author,
      body,
      createdAt: isoTime(createdAt),
    })),
    commits: details.commits.map(({ sha, message, author, committedAt }) => ({
      sha,
      message,
      author,
      committedAt: isoTime(committedAt),
    })),
    files: details.files.map(({ path, previousPath, status, additions, deletions, patch }) => ({
      path,
      previousPath,
      status,
      additions,
      deletions,
      patch,
    })),
    mergedSha: seen.mergedSha,
    observedAt: isoTime(seen.observedAt),
  }
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
