import { type DestinationStream, type Logger, pino } from 'pino'
import { prettyLine } from './pretty-line.ts'
import { redact } from './redaction/process-redactor.ts'

export type LogFormat = 'json' | 'pretty' | 'auto'

export interface LogOptions {
  readonly level: string
  /** `auto`: pretty where stderr is a terminal, JSON everywhere else; a log that is collected is read by programs. */
  readonly format?: LogFormat
}

/**
 * The log of the program, on stderr: JSON lines, or lines for people. Of an error only what is known to be safe is written: an error of
 * the database driver carries its whole connection with it, and `detail` can hold values of a row. Secrets are taken out of every line.
 */
export function createLog({ level, format = 'auto' }: LogOptions): Logger {
  const pretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true)
  return pino(
    {
      level,
      base: null,
      serializers: { err: (error: unknown) => describeError(error) },
      hooks: { streamWrite: redact },
    },
    pretty ? prettyDestination() : pino.destination(2),
  )
}

function prettyDestination(): DestinationStream {
  const colors = process.stderr.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  return { write: (line: string) => void process.stderr.write(prettyLine(line, { colors })) }
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
