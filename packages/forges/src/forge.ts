import type { PullRequestObservation, ReviewComment, ReviewState } from '@optio/core'
import type { ForgeIssues } from './issues.ts'
import type { RepositoryRef } from './repository-ref.ts'

export type { RepositoryRef } from './repository-ref.ts'

/**
 * The interface every forge stands behind. A forge is asked and told; it decides nothing.
 * Errors a person can mend are `OptioError`s (422 when connecting); anything else thrown means "no answer", which callers
 * must never read as a negative answer. A `NoAnswer` says why there is none, and when to ask again.
 */
export interface Forge {
  readonly platform: 'local' | 'github' | 'gitlab'

  /**
   * Optio's agents cannot review there under a name of their own: what they say is posted as a comment, and their verdict counts by
   * Optio's own record.
   */
  readonly verdictsAreOurs: boolean

  /**
   * Checks that the repository can be used, with the credential of this workspace where one is needed, and answers its canonical facts.
   * Throws an `OptioError` 422 otherwise, which names every permission that is missing.
   */
  connect(repoUrl: string, workspaceId?: string): Promise<RepositoryFacts>

  /**
   * Brings the mirror up to date: afterwards its branches and tags are those of the upstream. Left out where the upstream is a directory
   * of this machine, which whoever has the mirror reads by itself.
   */
  refreshMirror?(repository: RepositoryRef): Promise<void>

  /** Commit a branch of the upstream points to, or null when there is no such branch. */
  branchHead(repository: RepositoryRef, branch: string): Promise<string | null>

  /** What is at the top of a branch, and what is in those files there that are named. Runs nothing of it. */
  rootFiles(repository: RepositoryRef, branch: string, wanted: readonly string[]): Promise<RootFiles>

  /**
   * Brings the branch on the upstream to `sha` (a commit that is in the repository's mirror). `expected` is what Optio last
   * published there, null when the branch must not exist yet. Repeating it after success changes nothing.
   */
  publish(
    repository: RepositoryRef,
    request: { readonly branch: string; readonly sha: string; readonly expected: string | null },
  ): Promise<PublishResult>

  /** Opens a pull request, or answers the open one of this head branch: repeating it opens no second. */
  openPullRequest(
    repository: RepositoryRef,
    request: OpenPullRequest,
  ): Promise<{ number: number; url: string }>

  /** What is true of the pull request now. Throws `PULL_REQUEST_NOT_FOUND` when it does not exist; other errors are no answer. */
  observe(repository: RepositoryRef, number: number): Promise<PullRequestObservation>

  /**
   * The same of many, of any repositories, with as few requests as the forge allows; for each in turn what is true of it, or why that is
   * not known. For forges where asking for one costs as much as asking for fifty; left out where it does not.
   */
  observeMany?(asked: readonly AskedFor[]): Promise<readonly Answered[]>

  /**
   * Numbers of those of some open pull requests whose branches are elsewhere now than they were observed to be. For forges where that is
   * found out for all at once and at next to no cost; left out where it is not. A hint that a look is due, and nothing to decide by.
   * Throws when there is no answer.
   */
  moved?(repository: RepositoryRef, observed: readonly Observed[]): Promise<readonly number[]>

  /** Everything a page shows of it. `files` have patches up to a stated size. */
  details(repository: RepositoryRef, number: number): Promise<PullRequestDetails>

  /** The patch of one of its files, by the path `details` shows, up to 4 MiB; null when it has no such file. */
  filePatch(repository: RepositoryRef, number: number, path: string): Promise<FilePatch | null>

  /**
   * Merges exactly `headSha` onto exactly `baseSha`; anything else is refused with a reason, and nothing changes.
   * Repeating it after success answers the same `mergedSha`.
   */
  merge(repository: RepositoryRef, request: MergeRequest): Promise<MergeResult>

  /** Closes without merging; idempotent. */
  close(repository: RepositoryRef, number: number, actor: string): Promise<void>

  /** Submits a review. The same one again is refused where it has an id, and else, on a forge that gives ids of its own, found again. */
  review(repository: RepositoryRef, number: number, review: NewReview): Promise<SubmittedReview>

  /** The review that was submitted with this id; null when there is none. Left out where the forge gives ids of its own. */
  findReview?(repository: RepositoryRef, number: number, id: string): Promise<SubmittedReview | null>

  /**
   * Deletes a branch while it points to `sha`; one that is gone or elsewhere stays as it is. Never the default branch. Left out where
   * branches are the person's own to delete.
   */
  deleteBranch?(
    repository: RepositoryRef,
    branch: { readonly name: string; readonly sha: string },
  ): Promise<'deleted' | 'absent' | 'moved'>

  /** Answers a thread of remarks. `key` makes a repeat answer once. Left out where there are no threads. */
  answerThread?(
    repository: RepositoryRef,
    number: number,
    answer: { readonly threadId: string; readonly body: string; readonly key: string },
  ): Promise<void>

  /** Its issues; left out where it has none. */
  readonly issues?: ForgeIssues

  /** The template for texts of pull requests that the repository has, from its default branch; null when it has none. Left out where
   * nobody would fill it in. */
  pullRequestTemplate?(repository: RepositoryRef): Promise<string | null>

  /** What is left of its limits, as it last said; left out where there are none. */
  limits?(): readonly ForgeLimit[]
}

/** A pull request that is asked for together with others. */
export interface AskedFor {
  readonly repository: RepositoryRef
  readonly number: number
  /** What was observed last: what has not changed since (logs of checks, texts of threads) need not be read again. */
  readonly previous: PullRequestObservation | null
}

export type Answered =
  | { readonly observation: PullRequestObservation }
  /** An `OptioError` such as PULL_REQUEST_NOT_FOUND, or anything else: no answer. */
  | { readonly error: unknown }

export interface ForgeLimit {
  /** Whose limit: the login of the credential, or part of its fingerprint; never the credential. */
  readonly owner: string
  readonly resource: string
  readonly limit: number
  readonly remaining: number
  /** Milliseconds since the epoch. */
  readonly resetAt: number
  /** Nothing is asked before then, in milliseconds since the epoch; null when it may be. */
  readonly pausedUntil: number | null
}

/** Of an open pull request what was last observed. */
export interface Observed {
  readonly number: number
  readonly headRef: string
  readonly headSha: string
  readonly baseRef: string
  readonly baseSha: string
}

export interface RepositoryFacts {
  /** One form for one repository: a real path for a local one, however it was spelled. */
  readonly repoUrl: string
  readonly fullName: string
  readonly defaultBranch: string
  readonly isPrivate: boolean
  /** The forge's own number of it, whatever it is called; left out where there is none. */
  readonly forgeId?: number
}

export interface RootFiles {
  readonly names: readonly string[]
  /** By name; files of more than 256 KiB and links are left out. */
  readonly texts: ReadonlyMap<string, string>
}

export type PublishResult =
  | { readonly outcome: 'published'; readonly sha: string }
  /** The branch is elsewhere than expected: somebody else pushed to it. */
  | { readonly outcome: 'moved'; readonly actualSha: string | null }
  /** The forge does not take it, and would not the next time either: a rule for branches, a permission, files it lacks. */
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }

export interface OpenPullRequest {
  readonly runId: string
  readonly title: string
  readonly body: string
  readonly headRef: string
  readonly headSha: string
  readonly baseRef: string
  readonly draft: boolean
}

export type MergeMethod = 'squash' | 'merge' | 'rebase'

export interface MergeRequest {
  readonly number: number
  readonly headSha: string
  readonly baseSha: string
  readonly method: MergeMethod
  readonly actor: string
}

export type MergeResult =
  | { readonly outcome: 'merged'; readonly mergedSha: string }
  | {
      readonly outcome: 'refused'
      readonly code: 'head_moved' | 'base_moved' | 'conflict' | 'not_open' | 'blocked'
      readonly message: string
    }

export interface NewReview {
  /** The id it is to have, where the forge gives none of its own: with the same id it is the same review. */
  readonly id?: string
  readonly author: string
  readonly state: Exclude<ReviewState, 'dismissed'>
  readonly body: string
  readonly comments: readonly ReviewComment[]
  /** The commit that was read, whatever the head is by now. Left out: the head that was observed last. */
  readonly headSha?: string
}

export interface SubmittedReview extends NewReview {
  readonly id: string
  readonly sha: string
  readonly submittedAt: number
}

export interface PullRequestDetails {
  readonly observation: PullRequestObservation
  readonly title: string
  readonly body: string
  readonly headRef: string
  readonly comments: readonly { id: string; author: string; body: string; createdAt: number }[]
  readonly commits: readonly { sha: string; message: string; author: string; committedAt: number }[]
  readonly files: readonly FileChange[]
}

export interface FileChange extends FilePatch {
  readonly previousPath: string | null
  readonly status: 'added' | 'modified' | 'removed' | 'renamed'
  readonly additions: number
  readonly deletions: number
}

export interface FilePatch {
  /** As text: what is not UTF-8 in it is written as `\xNN`. */
  readonly path: string
  /** Unified diff of the file, from the first hunk on; null when it is left out. */
  readonly patch: string | null
  /** Why there is no patch; null when there is one. */
  readonly patchOmitted: 'binary' | 'too_large' | null
}
