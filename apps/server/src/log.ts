import { type Logger, pino } from 'pino'

/**
 * The log of the program: JSON lines on stderr. Of an error only what is known to be safe is written: an error of the
 * database driver carries its whole connection with it, and `detail` can hold values of a row.
 */
export function createLog(level: string): Logger {
  return pino(
    { level, base: null, serializers: { err: (error: unknown) => describeError(error) } },
    pino.destination(2),
  )
}

interface DescribedError {
  readonly name: string
  readonly message: string
  readonly code?: string | undefined
  readonly constraint?: string | undefined
  readonly stack?: string | undefined
  readonly cause?: DescribedError
}

/** Causes that are followed; a circle of causes must not hang the log. */
const DEEPEST = 4

function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { name: 'unknown', message: String(error) }
  const { code, constraint } = error as { code?: string; constraint?: string }
  return {
    name: error.name,
    message: error.message,
    code,
    constraint,
    stack: error.stack,
    ...(error.cause !== undefined && depth < DEEPEST ? { cause: describeError(error.cause, depth + 1) } : {}),
  }
}
