import type { AttemptReason, UsageReport } from '@optio/core'

/**
 * The interface every agent stands behind: how to launch it, and how to read its stream. Pure: an adapter starts nothing
 * and reads no file.
 */
export interface AgentAdapter {
  readonly type: string
  launch(request: LaunchRequest): Launch
  /** Parser of the standard output at its very beginning. */
  initialState(): ParserState
  /**
   * Reads one line (without its end). `state` is plain JSON: it is stored with the file offset, so that another process can
   * go on in the middle of the stream. Never throws, whatever the line is.
   */
  readLine(
    state: ParserState,
    line: string,
  ): { readonly state: ParserState; readonly items: readonly StreamItem[] }
}

export type ParserState = Readonly<Record<string, unknown>>

export interface LaunchRequest {
  readonly taskId: string
  readonly runId: string
  /** 1 for the first attempt of the run. */
  readonly attempt: number
  readonly reason: AttemptReason
  /** Session of the previous attempt to go on with; null to start a new one. */
  readonly resumeSessionId: string | null
  readonly model: string | null
  /** The repository's setting for agents of type `command`; null when it is not set. */
  readonly agentCommand: readonly string[] | null
  /** File with the prompt. */
  readonly promptFile: string
  readonly cloneDir: string
  readonly homeDir: string
  readonly tmpDir: string
  /** What the environment is allowed to take over from Optio's own (PATH, LANG, TERM, USER). */
  readonly inherited: Readonly<Record<string, string>>
}

export interface Launch {
  readonly argv: readonly string[]
  /** The whole environment of the agent. */
  readonly env: Readonly<Record<string, string>>
  /** True when the prompt file becomes standard input. */
  readonly promptOnStdin: boolean
}

export const LOG_TYPES = ['text', 'thinking', 'tool_use', 'tool_result', 'system', 'error', 'info'] as const
export type LogType = (typeof LOG_TYPES)[number]

/** What one line of the stream says. */
export type StreamItem =
  | {
      readonly kind: 'entry'
      readonly logType: LogType
      readonly content: string
      readonly metadata: Readonly<Record<string, unknown>> | null
    }
  | { readonly kind: 'session'; readonly sessionId: string }
  | { readonly kind: 'usage'; readonly usage: UsageReport }
  | { readonly kind: 'result'; readonly summary: string }
