import { EXIT, type ExitCode } from './exit-codes.ts'

/** Ends the program with an exit code and words on stderr that say what to do next. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  /** Stable, for programs; shown with the words. */
  readonly code: string

  constructor(exitCode: ExitCode, code: string, message: string) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
    this.code = code
  }
}

export function usage(message: string): CliError {
  return new CliError(EXIT.USAGE, 'USAGE', message)
}

/** What a failure is for the person and for the exit code; null for one that nobody expected. */
export function explain(error: unknown): { exitCode: ExitCode; code: string; message: string } | null {
  if (error instanceof CliError) return error
  if (!(error instanceof Error)) return null
  const { code, status } = error as { code?: unknown; status?: unknown }
  if (typeof code !== 'string') return null
  // An answer of the server (ApiError), or a refusal of its own code run here (OptioError): told by name, so that neither is loaded.
  if (error.name === 'ApiError' && typeof status === 'number') {
    return { exitCode: exitOf(status, code), code, message: error.message }
  }
  if (error.name === 'OptioError' && typeof status === 'number') {
    return { exitCode: exitOf(status, code), code, message: error.message }
  }
  return null
}

function exitOf(status: number, code: string): ExitCode {
  if (code === 'DATA_DIR_IN_USE' || code === 'PORT_IN_USE') return EXIT.REFUSED
  if (status === 404) return EXIT.NOT_FOUND
  if (status === 400 || status === 413) return EXIT.USAGE
  if (status === 405 || status === 409 || status === 422) return EXIT.REFUSED
  if (status === 503) return EXIT.UNREACHABLE
  return EXIT.ERROR
}
