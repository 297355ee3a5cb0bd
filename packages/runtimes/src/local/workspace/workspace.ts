import type { CoAuthor } from './co-author-trailer.ts'

/**
 * Where a run's files live on this host. A bare **mirror** per repository, fetched from the upstream; per run its own full
 * **clone** of it. Optio never runs git inside a clone with that clone's configuration once an agent has had it: it fetches
 * from it into the mirror, or runs git inside the isolation.
 */
export interface Workspaces {
  /** Absolute path of the repository's bare mirror (whether or not it exists yet). */
  mirrorDir(repositoryId: string): string
  /** Makes or freshens the mirror: after it, its `refs/heads/*` are those of the upstream. Safe to run concurrently. */
  refreshMirror(repository: { id: string; repoUrl: string }): Promise<void>
  /** Paths of a run's environment; nothing is created. */
  paths(runId: string): EnvironmentPaths
  /**
   * Makes the run's clone on its branch unless it is there already. Idempotent: a torn earlier try is thrown away, a
   * complete clone is left untouched. `created` says whether this call made it.
   */
  prepareClone(request: PrepareClone): Promise<{ created: boolean }>
  /**
   * Makes the empty directory (the `clone` path) a run without a repository works in, unless it is there: then it is left as
   * it is. Such an environment holds nothing that would have to be kept.
   */
  prepareEmpty(runId: string): Promise<{ created: boolean }>
  /**
   * Makes a clean detached checkout (the `clone` path) of the commit a review reads, unless it is there for this attempt.
   * Like a check's it borrows the mirror's objects; it has nowhere to push to, and nothing of it is ever collected or kept.
   * Throws CONFLICT for an attempt that has a successor.
   */
  prepareReviewCheckout(request: PrepareReviewCheckout): Promise<{ created: boolean }>
  /** argv of the command that freshens `origin/*` in the clone; to be run as a step inside the isolation. */
  refreshCloneCommand(runId: string): readonly string[]
  /**
   * argv of the command that moves the clone's branch to where the upstream's is, if that only adds to it; to be run inside the isolation
   * after `refreshCloneCommand`. It fails, and changes nothing, where the two went apart. With `published`, the commit the upstream's branch
   * was last brought to, it also follows one that was put back behind that commit; what was not published yet is kept on top.
   */
  takeOverCommand(runId: string, branch: string, published?: string | null): readonly string[]
  /**
   * argv of the command that moves the clone from what was collected to what was proposed, where those are different commits of the same
   * files; to be run inside the isolation.
   */
  moveAlongCommand(
    runId: string,
    request: { repositoryId: string; branch: string; from: string; to: string },
  ): readonly string[]
  /** argv of the command that prints uncommitted paths of the clone (NUL-separated porcelain); to be run inside the isolation. */
  statusCommand(): readonly string[]
  /** Reads a `statusCommand` output file; at most `limit` paths. */
  parseStatus(output: Uint8Array, limit: number): { dirtyFiles: string[]; total: number }
  /**
   * Fetches what the agent committed into the mirror under `refs/optio/runs/<runId>/<branch>` and says how it relates to the
   * base. Takes the run's branch, or HEAD when that holds more. Throws `BRANCH_NOT_FOUND` when the base branch is gone.
   * Runs nothing of the clone's own configuration. `coAuthor` is named in the agent's new commits: the same commits always become the same.
   */
  collectProposal(request: {
    readonly runId: string
    readonly repositoryId: string
    readonly branch: string
    readonly baseRef: string
    readonly coAuthor?: CoAuthor
  }): Promise<Proposal>
  /**
   * A clean checkout of one commit of the mirror, for a check; removed by `removeCheckout`. Idempotent: one that is there is
   * left as it is. It borrows the mirror's objects, so whatever runs in it must be able to read the mirror.
   */
  prepareCheckout(request: {
    checkoutId: string
    repositoryId: string
    commit: string
  }): Promise<{ dir: string }>
  removeCheckout(checkoutId: string): Promise<void>
  /**
   * Moves a run's environment aside (kept under another name, its commits also under `refs/optio/kept/<runId>/*` of the
   * mirror). The next `prepareClone` makes a new clone: from the base on a fresh branch, from the last proposal on the same.
   * An environment that is no clone is removed instead.
   */
  setAside(runId: string): Promise<void>
  /** Removes what was set aside before that time, but not its commits in the mirror; answers how many environments. */
  removeKept(options: { readonly before: Date }): Promise<number>
  /** Deletes a run's environment. The caller has made sure that it holds no work that exists nowhere else. */
  remove(runId: string): Promise<void>
  /**
   * Whether a clone holds commits that are in no mirror ref, or uncommitted files; unreadable counts as yes. False for an
   * environment that is no clone.
   */
  holdsUnsavedWork(runId: string): Promise<boolean>
}

export interface EnvironmentPaths {
  /** The environment: everything of the run on this host. */
  readonly root: string
  readonly clone: string
  /** HOME and TMPDIR of the agent, inside the environment. */
  readonly home: string
  readonly tmp: string
  /** Steps of an attempt live below (an empty name is the directory of them all) `steps/<attempt number>/<name>`. */
  stepDir(attempt: number, name: string): string
}

export interface PrepareClone {
  readonly runId: string
  readonly repositoryId: string
  /**
   * Branch to create, `optio/<slug>-<short id>`. The clone starts at what was last proposed or published on it (whichever
   * holds the other; the proposal where they went apart), else at the base.
   */
  readonly branch: string
  readonly baseRef: string
}

export interface PrepareReviewCheckout {
  readonly runId: string
  readonly repositoryId: string
  /** Full name of a commit the mirror has. */
  readonly commit: string
  /** Number of the attempt that reads it. */
  readonly attempt: number
}

export interface Proposal {
  /** Tip of the agent's work; null when the clone has no readable commit. */
  readonly headSha: string | null
  /** The same as the clone has it, where that is another commit because a co-author was named; else left out. */
  readonly collectedSha?: string
  readonly baseSha: string
  /** Commits of head that the base does not have. */
  readonly commitsAhead: number
  /** With `headSha: null`, why the clone could not be read, in words; else null. */
  readonly unreadable: string | null
}
