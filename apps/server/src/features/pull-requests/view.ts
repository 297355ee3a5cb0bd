import type { PullRequest, Review } from '@optio/contract'
import {
  currentChecks,
  judgeMerge,
  type MergeFacts,
  obstaclesForPerson,
  type PullRequestObservation,
  type ReviewObservation,
  type ReviewThread,
} from '@optio/core'
import type { PullRequestDetails } from '@optio/forges'

/** Checks are those that spoke about the head (and base) of now; older ones are as if they had not. */
export function toPullRequest(details: PullRequestDetails, facts: MergeFacts): PullRequest {
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
    checks: currentChecks(seen).map(({ name, status, conclusion, url, summary, required, log }) => ({
      name,
      status,
      conclusion,
      url,
      summary,
      ...(required === undefined ? {} : { required }),
      ...(log === null ? {} : { log }),
    })),
    // What Optio posted for its agents is there as its record of them.
    reviews: seen.reviews
      .filter(({ isOwn }) => isOwn !== true)
      .map((review) => toReview({ ...review, sha: review.headSha })),
    ...(seen.threads === undefined ? {} : { threads: seen.threads.map(toThread) }),
    ...(seen.labels === undefined ? {} : { labels: [...seen.labels] }),
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
    files: details.files.map((file) => ({ ...file })),
    mergedSha: seen.mergedSha,
    mergeObstacles: seen.state === 'open' ? obstacles(seen, facts) : [],
    observedAt: isoTime(seen.observedAt),
  }
}

export function toReview(given: Omit<ReviewObservation, 'headSha'> & { readonly sha: string }): Review {
  return {
    author: given.author,
    state: given.state,
    body: given.body,
    sha: given.sha,
    submittedAt: isoTime(given.submittedAt),
    comments: given.comments.map((comment) => ({ ...comment })),
  }
}

function toThread({ id, path, line, comments }: ReviewThread): NonNullable<PullRequest['threads']>[number] {
  return {
    id,
    path,
    line,
    comments: comments.map(({ author, body, createdAt }) => ({
      author,
      body,
      createdAt: isoTime(createdAt),
    })),
  }
}

/** The same verdict that a merge by hand is held to, with what passes each part of it. */
function obstacles(seen: PullRequestObservation, facts: MergeFacts): PullRequest['mergeObstacles'] {
  const verdict = judgeMerge(seen, facts)
  const stopsPerson = obstaclesForPerson(verdict, { force: false })
  const stopsForce = obstaclesForPerson(verdict, { force: true })
  return verdict.obstacles.map((obstacle) => ({
    code: obstacle.code,
    message: obstacle.message,
    passedBy: stopsForce.includes(obstacle) ? 'nothing' : stopsPerson.includes(obstacle) ? 'force' : 'person',
  }))
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
