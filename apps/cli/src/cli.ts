import type { ApiClient } from './api.ts'
import type { Colors } from './terminal/colors.ts'

/** Somewhere to write to. */
export interface Outlet {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>
  readonly isTerminal: boolean
  /** Width of the terminal in columns; null where lines may be as long as they like. */
  readonly columns: number | null
}

/** What every command works with. */
export interface Cli {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** stdout: what was asked for. */
  readonly out: Outlet
  /** stderr: everything that is said beside it. */
  readonly err: Outlet
  readonly stdin: NodeJS.ReadStream
  /** Answer exactly what the API answers, as one JSON document. */
  readonly json: boolean
  readonly colors: Colors
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** The server's address: `--url`, `OPTIO_URL`, the one of the data directory, or the default. */
  url(): Promise<string>
  /** The client of the API; every call throws `CliError` when nobody answers there. */
  client(): Promise<ApiClient>
}
