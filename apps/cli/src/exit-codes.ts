/** How the program ends, for scripts. `docs/cli.md` has the same table; a test compares the two. */
export const EXIT = {
  /** Done. */
  OK: 0,
  /** It could not be done, for a reason without a code of its own. */
  ERROR: 1,
  /** The command line, or a value in it, cannot be understood. */
  USAGE: 2,
  /** There is no such thing. */
  NOT_FOUND: 3,
  /** It contradicts what is there, or policy forbids it. */
  REFUSED: 4,
  /** No Optio answers, or it cannot work at the moment. */
  UNREACHABLE: 5,
  /** The task failed. */
  TASK_FAILED: 6,
  /** The task waits for a person. */
  NEEDS_PERSON: 7,
  /** The task was cancelled. */
  TASK_CANCELLED: 8,
  /** The time given to wait is over. */
  TIMED_OUT: 9,
  /** Interrupted by the keyboard. */
  INTERRUPTED: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
