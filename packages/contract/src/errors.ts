/**
 * The one list of error codes. Each has its HTTP status; `docs/errors.md` explains when it occurs and what to do.
 * Codes are stable: clients may depend on them.
 */
export const ERROR_CODES = {
  VALIDATION: 400,
  INVALID_CURSOR: 400,
  DEPENDENCY_CYCLE: 400,
  PARAMS_INVALID: 400,
  TEMPLATE_INVALID: 400,
  UNAUTHORIZED: 401,
  HOOK_SIGNATURE: 401,
  FORBIDDEN: 403,
  FORBIDDEN_ORIGIN: 403,
  NOT_FOUND: 404,
  TASK_NOT_FOUND: 404,
  REPO_NOT_FOUND: 404,
  PULL_REQUEST_NOT_FOUND: 404,
  FILE_NOT_FOUND: 404,
  RUN_NOT_FOUND: 404,
  TRIGGER_NOT_FOUND: 404,
  COMMENT_NOT_FOUND: 404,
  DEPENDENCY_NOT_FOUND: 404,
  TEMPLATE_NOT_FOUND: 404,
  HOOK_NOT_FOUND: 404,
  SECRET_NOT_FOUND: 404,
  ISSUE_NOT_FOUND: 404,
  ENVIRONMENT_NOT_FOUND: 404,
  WRONG_TASK_TYPE: 405,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  INVALID_TRANSITION: 409,
  REPO_ALREADY_CONNECTED: 409,
  REPO_IN_USE: 409,
  REPO_REPLACED: 409,
  MERGE_REFUSED: 409,
  PULL_REQUEST_NOT_OPEN: 409,
  TASK_DISABLED: 409,
  TRIGGER_PATH_TAKEN: 409,
  IDEMPOTENCY_KEY_REUSED: 409,
  IDEMPOTENCY_KEY_IN_USE: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  REPO_NOT_CONNECTED: 422,
  REPO_NOT_FOUND_ON_DISK: 422,
  REPO_NOT_GIT: 422,
  REPO_EMPTY: 422,
  REPO_CORRUPT: 422,
  REPO_NOT_ACCESSIBLE: 422,
  REPO_DUBIOUS_OWNERSHIP: 422,
  BRANCH_NOT_FOUND: 422,
  AGENT_NOT_AVAILABLE: 422,
  MESSAGES_NOT_TAKEN: 422,
  FORGE_CREDENTIAL: 422,
  FORGE_PERMISSION: 422,
  WEBHOOK_NOT_VERIFIED: 422,
  UNSUPPORTED: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  DATABASE_UNAVAILABLE: 503,
  DISK_FULL: 503,
  SECRET_UNREADABLE: 503,
  UNAVAILABLE: 503,
  /* Never answered over HTTP: they end the start of the program, or a step of a run. */
  CONFIG: 500,
  DATA_DIR_IN_USE: 500,
  PORT_IN_USE: 500,
  DATABASE_START: 500,
  MIGRATION: 500,
  BACKUP: 500,
  GIT: 500,
  FENCED: 500,
  STEP_START: 500,
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** An error that a person may read: it has a stable code and its message says what to do next. */
export class OptioError extends Error {
  readonly code: ErrorCode
  readonly details: unknown

  constructor(code: ErrorCode, message: string, options: { details?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'OptioError'
    this.code = code
    this.details = options.details
  }

  /** HTTP status this error is answered with. */
  get status(): number {
    return ERROR_CODES[this.code]
  }
}
