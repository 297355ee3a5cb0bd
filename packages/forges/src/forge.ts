import type { PullRequestObservation, ReviewComment, ReviewState } from '@optio/core'

/**
 * The interface every forge stands behind. A forge is asked and told; it decides nothing.
 * Errors a person can mend are `OptioError`s (422 when connecting); anything else thrown means "no answer", which callers
 * must never read as a negative answer.
 */
export interface Forge {
  readonly platform: 'local' | 'github' | 'gitlab'

  /** Checks that the repository can be used and answers its canonical facts. Throws an `OptioError` 422 otherwise. */
  connect(repoUrl: string): Promise<RepositoryFacts>

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

  review(repository: RepositoryRef, number: number, review: NewReview): Promise<SubmittedReview>
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
}

export interface RepositoryRef {
  readonly id: string
  readonly workspaceId: string
  readonly repoUrl: string
  readonly fullName: string
  readonly defaultBranch: string
  /** Absolute path of the bare mirror on this host. */
  readonly mirrorDir: string
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
