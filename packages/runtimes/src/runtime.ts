/**
 * The interface every runtime stands behind. A runtime executes **steps**: one supervised process tree each (an agent,
 * a setup command, a check, or one of Optio's own git commands run inside the isolation).
 *
 * A step is identified by its directory. Everything known about it is in that directory, so that any process of the same
 * host can adopt it after the one that started it died.
 */

/** What to run and within which bounds. */
export interface StepSpec {
  /** Absolute directory of this step; made 0700 by `start`. Two starts of one directory run at most one process tree. */
  readonly dir: string
  readonly argv: readonly string[]
  readonly cwd: string
  /** The whole environment of the process: nothing is inherited from Optio. */
  readonly env: Readonly<Record<string, string>>
  /** File that becomes standard input, or null for an empty one. */
  readonly stdinFile: string | null
  /** True when standard input goes on after that file, with what `appendInput` adds, until `endInput` or half the time for orphans. */
  readonly inputGrows?: boolean
  /** Wall-clock limit in milliseconds, enforced by the supervisor itself, also while no Optio runs. */
  readonly maxMs: number
  /** Milliseconds between the polite signal and the kill. */
  readonly graceMs: number
  /** Bytes of stdout plus stderr after which the step is stopped. */
  readonly outputLimitBytes: number
  /** What the step may touch, where the machine can enforce it (see `IsolationReport`). */
  readonly sandbox: StepSandbox
}

/** A line for the standard input of a running step. */
export interface InputLine {
  /** Names the line: letters, digits, `.`, `:`, `_` and `-`. Of two with the same key the first counts. */
  readonly key: string
  /** Without its end; no control characters. */
  readonly text: string
}

export interface StepSandbox {
  /** Absolute paths the step may write to (its own environment). */
  readonly readWrite: readonly string[]
  /** Absolute paths it may read although they lie below a hidden one (the mirror). */
  readonly readOnly: readonly string[]
  /** Absolute paths that must not be visible (Optio's data directory, the home directory's credentials, the database socket). */
  readonly hidden: readonly string[]
}

/** Why the supervisor or Optio ended a step before it ended by itself. */
export type StepStop = 'requested' | 'deadline' | 'orphaned' | 'output_limit'

export type StepStatus =
  /** Nothing was ever started in this directory. */
  | { readonly state: 'absent' }
  | { readonly state: 'running'; readonly pid: number }
  /** The process tree is gone and its exit is known. `exitCode` is null when a signal or a stop ended it. */
  | {
      readonly state: 'exited'
      readonly exitCode: number | null
      readonly signal: string | null
      readonly stopped: StepStop | null
    }
  /**
   * The supervisor or the machine died; its exit is unknown. Also: it was abandoned before it started. That nothing of the
   * step is left is certain once `waitForEnd` or `stop` says so; `status` only looks, and may be a moment early.
   */
  | { readonly state: 'lost'; readonly why: string }

/** How steps are kept together (so that stopping reaps everything) and what they cannot see. */
export interface IsolationReport {
  readonly processes: 'pid-namespace' | 'user-pid-namespace' | 'bubblewrap' | 'cgroup' | 'best-effort'
  /** True where hidden paths are really hidden from the step. */
  readonly hidesFiles: boolean
  /** Each mechanism that was probed, with the reason where it does not work here. */
  readonly probes: readonly { readonly name: string; readonly works: boolean; readonly detail: string }[]
}

export interface Runtime {
  readonly name: 'local'
  isolation(): Promise<IsolationReport>
  /** Starts the step unless its directory was started (or abandoned) before; answers what it found. Idempotent. */
  start(spec: StepSpec): Promise<StepStatus>
  /** Looks, without side effects. */
  status(dir: string): Promise<StepStatus>
  /** Resolves when the step is no longer running (or at once when it isn't); rejects only when `signal` aborts. */
  waitForEnd(dir: string, signal: AbortSignal): Promise<StepStatus>
  /**
   * Ends the step and everything it started, however detached; resolves when nothing of it is left.
   * A step that never started can never start afterwards. Idempotent.
   */
  stop(dir: string, options: { readonly graceMs: number }): Promise<StepStatus>
  /** Whether the step was started with an input that grows; any process may ask. */
  takesInput(dir: string): Promise<boolean>
  /**
   * Adds lines to the standard input of a step whose input grows, in this order, leaving out those whose keys were added
   * before: a repeat after a crash adds what is missing. The lines are on disk when it resolves, and reach the step also when
   * every Optio dies. False when some are missing and the input has ended; then none is added. Not to be called for one step
   * twice at once.
   */
  appendInput(dir: string, lines: readonly InputLine[]): Promise<boolean>
  /** Ends the standard input of a step whose input grows: it reads what was added, then the end. Idempotent. */
  endInput(dir: string): Promise<void>
  /** Says that an Optio is alive; supervisors stop their steps after `orphanMs` without this. Call it every minute. */
  heartbeat(): Promise<void>
}

/** Names of the files in a step's directory that others may read. */
export const STEP_FILES = { stdout: 'out', stderr: 'err' } as const
