import type { AgentFailure, AttemptReason, UsageReport } from '@optio/core'

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
   *
   * `redact` takes secrets out of a text. The line still holds them, because any word of the protocol can have the same letters as one.
   * Whoever stores the items redacts all their texts; the adapter applies it to what it keeps in its state, and to what it cuts,
   * before it does: a half of a secret is not found any more.
   */
  readLine(
    state: ParserState,
    line: string,
    redact: Redact,
  ): { readonly state: ParserState; readonly items: readonly StreamItem[] }
  /**
   * What the stream as a whole says once it is complete: why the agent failed, or null when it says nothing of the kind. An
   * exit code of 0 is no success where this answers a failure. Pure, and never throws: `state` is that after the last line.
   */
  conclude(state: ParserState, end: AgentEnd): AgentFailure | null
  /** How its agents are spoken to while they run; null for those that hear their prompt and nothing more. */
  readonly conversation: AgentConversation | null
  /** As its own commits name it; left out for one that has no name of its own. */
  readonly coAuthor?: { readonly name: string; readonly email: string }
}

/** An agent of this kind works until its standard input ends. Pure, and never throws. */
export interface AgentConversation {
  /** The lines, without their ends, that tell it a message on its standard input. Its prompt is the first. */
  linesFor(message: AgentMessage): readonly string[]
  standing(state: ParserState): Standing
}

export interface AgentMessage {
  /** A UUID; no two messages of an attempt have the same. */
  readonly id: string
  readonly content: string
  /** `soft`: heard before its next turn; `interrupt`: what it does now is broken off. */
  readonly mode: 'soft' | 'interrupt'
}

/** Where its stream stands. */
export interface Standing {
  /** It said what came of its work, and has not begun anything since. */
  readonly concluded: boolean
  /** Messages that it said it has heard, its prompt among them. 0 also for a version that says nothing of the kind. */
  readonly heard: number
}

/** How the process of an agent ended. */
export interface AgentEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
}

export type Redact = (text: string) => string

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
  /** Most turns it may take, for agents that count turns; null for no limit. */
  readonly maxTurns: number | null
  /** What is left of the run's budget, a decimal string in USD, for agents that can keep to it themselves; null for no cap. */
  readonly budgetLeftUsd: string | null
  /** The repository's setting for agents of type `command`; null when it is not set. */
  readonly agentCommand: readonly string[] | null
  /** File with the prompt. */
  readonly promptFile: string
  readonly cloneDir: string
  readonly homeDir: string
  readonly tmpDir: string
  /** What the environment is allowed to take over from Optio's own (PATH, LANG, TERM, USER). */
  readonly inherited: Readonly<Record<string, string>>
  /** Credentials and settings of this agent type (`AgentRequirements`), by variable; empty for one that needs none. */
  readonly granted: Readonly<Record<string, string>>
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
  /** Adds to what the attempt has used. */
  | { readonly kind: 'usage'; readonly usage: UsageReport }
  /**
   * All the attempt has used so far: takes the place of every earlier report. An agent that names the cost at its end only
   * reports estimates meanwhile, and then what it really was.
   */
  | { readonly kind: 'usage_total'; readonly usage: UsageReport; readonly estimated: boolean }
  | { readonly kind: 'result'; readonly summary: string }
