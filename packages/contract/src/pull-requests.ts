import { z } from 'zod'
import { refuse, text, time } from './common.ts'
import { mergeMethod } from './repos.ts'

const ref = z.object({ ref: z.string(), sha: z.string() })

/** Whole id of a commit: SHA-1 or SHA-256. */
const commitId = text({ max: 64 }).regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be the whole id of a commit')

export const check = z
  .object({
    name: z.string(),
    status: z.enum(['queued', 'running', 'completed']),
    conclusion: z
      .enum(['success', 'failure', 'timed_out', 'cancelled', 'neutral', 'skipped', 'error'])
      .nullable(),
    url: z.string().nullable(),
    summary: z.string(),
    /** The forge merges nothing without it; left out where it does not say. */
    required: z.boolean().optional(),
    /** The last useful part of the check's output. */
    log: z.string().optional(),
  })
  .meta({ id: 'Check' })

export const review = z
  .object({
    author: z.string(),
    state: z.enum(['approved', 'changes_requested', 'commented', 'dismissed']),
    body: z.string(),
    sha: z.string(),
    submittedAt: time,
    comments: z.array(z.object({ path: z.string().nullable(), line: z.int().nullable(), body: z.string() })),
  })
  .meta({ id: 'Review' })
export type Review = z.infer<typeof review>

export const pullRequest = z
  .object({
    number: z.int(),
    url: z.string(),
    title: z.string(),
    body: z.string(),
    state: z.enum(['open', 'merged', 'closed']),
    draft: z.boolean(),
    head: ref,
    base: ref,
    /** False when head and base conflict; null while the forge does not know. */
    mergeable: z.boolean().nullable(),
    checks: z.array(check),
    reviews: z.array(review),
    /** Threads of remarks that nobody has resolved. */
    threads: z
      .array(
        z.object({
          id: z.string(),
          path: z.string().nullable(),
          line: z.int().nullable(),
          comments: z.array(z.object({ author: z.string(), body: z.string(), createdAt: time })),
        }),
      )
      .optional(),
    labels: z.array(z.string()).optional(),
    comments: z.array(z.object({ id: z.string(), author: z.string(), body: z.string(), createdAt: time })),
    commits: z.array(
      z.object({ sha: z.string(), message: z.string(), author: z.string(), committedAt: time }),
    ),
    files: z.array(
      z.object({
        path: z.string(),
        previousPath: z.string().nullable(),
        status: z.enum(['added', 'modified', 'removed', 'renamed']),
        additions: z.int(),
        deletions: z.int(),
        /** Unified diff; null when it is left out. */
        patch: z.string().nullable(),
        /** Why there is no patch. One that is too large is answered by `…/pull-request/file`. */
        patchOmitted: z.enum(['binary', 'too_large']).nullable(),
      }),
    ),
    mergedSha: z.string().nullable(),
    /** What stands in the way of a merge by policy; empty when nothing does, and once it is merged or closed. */
    mergeObstacles: z.array(
      z.object({
        code: z.string(),
        message: z.string(),
        /** What passes it: a merge by hand, only one by force, or nothing. */
        passedBy: z.enum(['person', 'force', 'nothing']),
      }),
    ),
    observedAt: time,
  })
  .meta({ id: 'PullRequest' })
export type PullRequest = z.infer<typeof pullRequest>

export const pullRequestAnswer = z.object({ pullRequest })

export const pullRequestFileQuery = z.object({
  path: text({ min: 1, max: 4096 }).describe('Path of a file that the pull request changes.'),
})
export const pullRequestFileAnswer = z.object({
  file: z.object({
    path: z.string(),
    /** Unified diff, whatever its size up to 4 MiB; null when binary or larger. */
    patch: z.string().nullable(),
    patchOmitted: z.enum(['binary', 'too_large']).nullable(),
  }),
})
export const reviewAnswer = z.object({ review })

const reviewComment = z.object({
  path: text({ min: 1, max: 4096 }).nullish(),
  line: z.int().min(1).max(10_000_000).nullish(),
  body: text({ min: 1, max: 65_536 }),
})

export const submitReviewBody = z
  .object({
    state: z.enum(['approved', 'changes_requested', 'commented']),
    body: text({ max: 65_536 }).default(''),
    comments: z.array(reviewComment).max(500).default([]),
    /** Head the reviewer has seen: when it is another one by now, the review is refused with 409. */
    expectedHeadSha: commitId.nullish(),
  })
  .check(
    refuse((given) =>
      given.state !== 'approved' && given.body.trim() === '' && given.comments.length === 0
        ? `a review that is "${given.state}" says something in its body or its comments`
        : null,
    ),
  )
  .meta({ id: 'SubmitReview' })
export type SubmitReview = z.output<typeof submitReviewBody>

export const mergeBody = z
  .object({
    method: mergeMethod.nullish(),
    /** Passes failing checks and missing approvals, never a conflict or a moved head. */
    force: z.boolean().nullish(),
    /** Head the person has seen: when it is another one by now, the merge is refused. */
    expectedHeadSha: commitId.nullish(),
  })
  .nullish()
