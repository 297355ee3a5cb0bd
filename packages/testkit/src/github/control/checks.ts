export type CheckConclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required'

export interface CheckAnnotationPlan {
  readonly path: string
  readonly line: number
  readonly endLine?: number
  readonly level?: 'notice' | 'warning' | 'failure'
  readonly title?: string
  readonly message: string
}

/** A check that a head gets. */
export interface CheckPlan {
  /** Name of the check run, context of the status, or name of the workflow's job. */
  readonly name: string
  /**
   * `check_run` (the default): one of an app called `fake-ci`; `status`: a commit status; `workflow`: a run of GitHub Actions with one job,
   * whose check run has the job's name, with steps and a log.
   */
  readonly kind?: 'check_run' | 'status' | 'workflow'
  /** When it appears at all, in ms of the fake's clock after the push; 0. `manual`: with `repo.startCheck`. */
  readonly startsAfter?: number | 'manual'
  /** When it ends, in ms after it started; 0 (at once). `manual`: with `repo.finishCheck`. */
  readonly after?: number | 'manual'
  /** How it ends; `success`. A `status` knows success, failure and error (`timed_out` and the like become error). */
  readonly conclusion?: CheckConclusion
  readonly output?: { readonly title?: string; readonly summary?: string; readonly text?: string }
  readonly annotations?: readonly CheckAnnotationPlan[]
  /** Address of its details; made up when left out. */
  readonly detailsUrl?: string
  /** Of a `workflow`: its name (`CI`), its file (`.github/workflows/ci.yml`) and the event that started it (`push`). */
  readonly workflow?: { readonly name?: string; readonly path?: string; readonly event?: string }
  /** Of a `workflow`: its steps; without them, one named `Run` that ends as the job does. */
  readonly steps?: readonly { readonly name: string; readonly conclusion?: CheckConclusion }[]
  /** Of a `workflow`: the log of the job, as GitHub gives it out; timestamps are put before its lines. */
  readonly log?: string
}

/** A commit that a branch came to point to. */
export interface PushedHead {
  readonly branch: string
  readonly sha: string
  /** Who pushed. */
  readonly by: string
  /** Open pull requests whose head it is; none at the first push, as one is opened later. */
  readonly pullRequests: readonly number[]
  /** Pushes of this branch so far, this one included: 1, 2, 3 … */
  readonly push: number
  readonly message: string
  /** Content of a file at that commit; null when there is none. */
  read(path: string): Promise<string | null>
}

/** Decides what checks each head gets: called for every push to a branch, whoever pushed, and however. */
export type CheckScript = (head: PushedHead) => readonly CheckPlan[] | Promise<readonly CheckPlan[]>

/** What a check is now. */
export interface CheckShown {
  readonly id: number
  readonly name: string
  readonly kind: 'check_run' | 'status' | 'workflow'
  readonly sha: string
  readonly status: 'queued' | 'in_progress' | 'completed'
  readonly conclusion: CheckConclusion | 'error' | null
}
