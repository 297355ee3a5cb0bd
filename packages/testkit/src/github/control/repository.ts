import type { Permission } from './account.ts'
import type { CheckPlan, CheckScript, CheckShown } from './checks.ts'
import type { NewHook } from './webhooks.ts'

/** Paths and what is in them; null deletes. `{ content, mode: '100755' }` for a program. */
export type FileChanges = Readonly<Record<string, string | Buffer | { content: string; mode: string } | null>>

export interface NewRepository {
  /** A user or an organisation; made when nobody has yet. It is admin of the repository. */
  readonly owner: string
  readonly name: string
  readonly private?: boolean
  readonly description?: string
  /** `main`. */
  readonly defaultBranch?: string
  /** Of the first commit. A `README.md` when left out; null: an empty repository without a commit. */
  readonly files?: FileChanges | null
  /** By login. */
  readonly permissions?: Readonly<Record<string, Permission>>
  readonly settings?: RepositorySettings
  /** Whether mergeability is unknown at the first look after each change, as on GitHub. False. */
  readonly lazyMergeability?: boolean
}

export interface RepositorySettings {
  readonly allowSquashMerge?: boolean
  readonly allowMergeCommit?: boolean
  readonly allowRebaseMerge?: boolean
  readonly deleteBranchOnMerge?: boolean
  readonly hasIssues?: boolean
  readonly disabled?: boolean
}

export interface NewIssue {
  readonly title: string
  readonly body?: string
  /** The owner of the repository unless told. */
  readonly by?: string
  readonly labels?: readonly string[]
  readonly assignees?: readonly string[]
  readonly state?: 'open' | 'closed'
}

export interface NewCommit {
  /** The default branch unless told; made (from the default branch, or `from`) when there is none. */
  readonly branch?: string
  readonly files: FileChanges
  /** Who pushes and is its author; the owner unless told. */
  readonly by?: string
  readonly message?: string
  /** Branch or commit to start from instead of the branch's own head. With `force` it may be anything. */
  readonly from?: string
  readonly force?: boolean
}

export interface NewPullRequest {
  readonly title: string
  readonly head: string
  /** The default branch unless told. */
  readonly base?: string
  readonly body?: string
  readonly by?: string
  readonly draft?: boolean
}

export interface BranchProtection {
  /** Names of check runs, jobs or statuses. */
  readonly requiredChecks?: readonly string[]
  /** Approvals by people with write access. 0. */
  readonly requiredReviews?: number
  readonly dismissStaleReviews?: boolean
  readonly requireConversationResolution?: boolean
  /** The head must be up to date with the base. */
  readonly strict?: boolean
  /** Admins are held by it, too. True (on GitHub it is off until somebody ticks it). */
  readonly enforceAdmins?: boolean
}

export interface NewRuleset extends BranchProtection {
  readonly name: string
  /** Branches it is for; `~DEFAULT_BRANCH` is the default one. */
  readonly branches?: readonly string[]
  /** `disabled` and `evaluate` hold nobody back. `active`. */
  readonly enforcement?: 'active' | 'evaluate' | 'disabled'
}

export interface NewReview {
  readonly by: string
  readonly event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT'
  readonly body?: string
  /** Each begins a thread. Lines are of the new version; they must be in the diff. */
  readonly comments?: readonly { readonly path: string; readonly line: number; readonly body: string }[]
}

export interface IssueShown {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly state: 'open' | 'closed'
  readonly stateReason: 'completed' | 'not_planned' | 'reopened' | null
  readonly author: string
  readonly labels: readonly string[]
  readonly assignees: readonly string[]
  readonly comments: readonly CommentShown[]
  readonly closedBy: string | null
  readonly isPullRequest: boolean
}

export interface CommentShown {
  readonly id: number
  readonly author: string
  readonly body: string
}

export interface PullRequestShown {
  readonly number: number
  readonly url: string
  readonly title: string
  readonly body: string
  readonly state: 'open' | 'closed' | 'merged'
  readonly draft: boolean
  readonly author: string
  readonly labels: readonly string[]
  readonly head: { readonly ref: string; readonly sha: string }
  readonly base: { readonly ref: string; readonly sha: string }
  /** The commit on the base branch; null unless merged. */
  readonly mergedSha: string | null
  readonly mergedBy: string | null
  readonly closedBy: string | null
  readonly comments: readonly CommentShown[]
  readonly reviews: readonly ReviewShown[]
  readonly threads: readonly ThreadShown[]
}

export interface ReviewShown {
  readonly id: number
  readonly author: string
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED'
  readonly body: string
  readonly sha: string
}

export interface ThreadShown {
  /** Its node id, as in GraphQL. */
  readonly id: string
  readonly path: string
  /** Null when it is outdated. */
  readonly line: number | null
  readonly resolved: boolean
  readonly outdated: boolean
  readonly comments: readonly CommentShown[]
}

/** A repository and what people do in it. Everything fires the webhooks it fires on GitHub, in that order. */
export interface FakeRepository {
  readonly id: number
  readonly owner: string
  readonly name: string
  readonly fullName: string
  readonly defaultBranch: string
  /** The page of the repository (`<github.url>/<owner>/<name>`); what users paste. */
  readonly url: string
  /** The page with `.git`: what git clones from and pushes to, with a token. */
  readonly cloneUrl: string
  /** The bare repository itself. Read it freely; write through the methods here or through `cloneUrl`. */
  readonly gitDir: string

  allow(login: string, permission: Permission): void
  configure(settings: RepositorySettings): void
  setPrivate(isPrivate: boolean): void
  archive(archived?: boolean): void
  delete(): void
  /** The old name redirects (301) until a repository takes it. */
  rename(name: string): void
  transfer(owner: string): void
  renameDefaultBranch(name: string): Promise<void>

  /** A push by a person: pull requests of that branch get the new head. Answers the commit's id. */
  commit(commit: NewCommit): Promise<string>
  /** Many pushes of new branches at once, each one commit on the default branch: quick, for hundreds of pull requests. No webhooks, no checks. */
  seedBranches(branches: readonly { readonly branch: string; readonly files: FileChanges }[]): Promise<void>
  deleteBranch(branch: string, by?: string): Promise<void>
  /** Null when there is no such branch. */
  branchHead(branch: string): string | null
  branches(): readonly string[]
  /** Content of a file on a branch or at a commit; null when there is none. */
  file(ref: string, path: string): Promise<string | null>
  /** Git in the bare repository, for looking: `git('log', '--format=%s', 'main')` answers what it prints. */
  git(...args: string[]): Promise<string>

  openIssue(issue: NewIssue): IssueShown
  issue(number: number): IssueShown
  /** Issues without pull requests, by number. */
  issues(): readonly IssueShown[]
  closeIssue(number: number, by?: string): void
  reopenIssue(number: number, by?: string): void
  editIssue(number: number, change: { title?: string; body?: string }, by?: string): void
  assignIssue(number: number, logins: readonly string[], by?: string): void
  /** On an issue or a pull request; answers the comment's id. */
  comment(number: number, comment: { by: string; body: string }): number
  /** Puts a label on (the label is made when missing). */
  label(number: number, name: string, by?: string): void
  unlabel(number: number, name: string, by?: string): void
  /** Labels of the repository. */
  labels(): readonly { readonly name: string; readonly color: string; readonly description: string | null }[]

  openPullRequest(request: NewPullRequest): Promise<PullRequestShown>
  pullRequest(number: number): PullRequestShown
  /** All of them, by number. */
  pullRequests(): readonly PullRequestShown[]
  /** Merges as a person does with the button; rejects with GitHub's words when it can't be. Answers the commit on the base. */
  mergePullRequest(
    number: number,
    by: string,
    options?: { method?: 'merge' | 'squash' | 'rebase' },
  ): Promise<string>
  closePullRequest(number: number, by: string): void
  reopenPullRequest(number: number, by: string): Promise<void>
  markReady(number: number, by: string): void
  convertToDraft(number: number, by: string): void
  requestReviewers(number: number, logins: readonly string[], by?: string): void

  /** Rejects as GitHub would: one's own pull request approved, a line that is not in the diff. */
  review(number: number, review: NewReview): Promise<ReviewShown>
  dismissReview(number: number, reviewId: number, by: string, message: string): void
  /** By the thread's node id, or of a pull request the only thread there is. */
  resolveThread(thread: string | number, by: string): void
  unresolveThread(thread: string | number, by: string): void
  replyToThread(thread: string | number, reply: { by: string; body: string }): number

  protect(branch: string, protection: BranchProtection): void
  unprotect(branch: string): void
  /** Answers its id. */
  addRuleset(ruleset: NewRuleset): number

  /** Decides what checks each head gets from now on. */
  onPush(script: CheckScript): void
  /** Checks of a commit, at once or by plan; `ref` is a commit or a branch. Answers them in the order of the plans. */
  addChecks(ref: string, plans: readonly CheckPlan[]): readonly CheckShown[]
  /** Starts the check of that name which waits (`startsAfter: 'manual'`), or a new one that ends by hand. */
  startCheck(ref: string, name: string, plan?: Omit<CheckPlan, 'name'>): CheckShown
  /** Ends the check of that name, as its plan says or as told here. A check that is not there is made and ended. */
  finishCheck(ref: string, name: string, change?: Omit<CheckPlan, 'name' | 'kind'>): CheckShown
  checks(ref: string): readonly CheckShown[]

  /** Answers the hook's id. */
  addHook(hook: NewHook): number
}
