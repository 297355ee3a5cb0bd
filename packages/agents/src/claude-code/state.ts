import type { AgentFailure } from '@optio/core'
import type { ParserState } from '../adapter.ts'
import type { Tokens } from './prices.ts'

/** What the parser remembers between two lines: plain JSON of bounded size. */
export interface ClaudeState {
  readonly sessionId: string | null
  readonly model: string | null
  /** A line that says what came of it was read, and nothing was said since that another such line must follow. */
  readonly concluded: boolean
  /** What the last such line said. */
  readonly failure: AgentFailure | null
  /** How the model's API answered last, when that was an error. */
  readonly apiError: { readonly status: number | null; readonly error: string | null } | null
  /** When a quota that is used up starts anew, in milliseconds since the epoch; as the provider said. */
  readonly resetsAt: number | null
  /** Messages it said it has heard. */
  readonly heard: number
  /** It was asked, by a message, to break off what it does, and has not said since what came of it. */
  readonly interrupting: boolean
  readonly spending: Spending
}

/** Tokens of input are those of all kinds; costs are nano-dollars in decimal digits, because JSON has no such integers. */
export interface Spending {
  /** Said by the agent itself, for all up to then. */
  readonly settled: { readonly input: number; readonly output: number; readonly cost: string }
  /** Counted by us since. */
  readonly open: { readonly input: number; readonly output: number; readonly cost: string }
  /** The last messages that were counted; each comes in several lines, one for each part of its content. */
  readonly messages: readonly CountedMessage[]
  /** Tokens the model has thought for the message that is still to come. */
  readonly thought: number
}

export interface CountedMessage extends Tokens {
  readonly id: string
}

export const INITIAL_STATE: ClaudeState = {
  sessionId: null,
  model: null,
  concluded: false,
  failure: null,
  apiError: null,
  resetsAt: null,
  heard: 0,
  interrupting: false,
  spending: {
    settled: { input: 0, output: 0, cost: '0' },
    open: { input: 0, output: 0, cost: '0' },
    messages: [],
    thought: 0,
  },
}

/** A state of this version as it was stored; one that is none (of an older version) is filled up. */
export function stateOf(stored: ParserState): ClaudeState {
  return 'heard' in stored
    ? (stored as unknown as ClaudeState)
    : { ...INITIAL_STATE, ...(stored as unknown as Partial<ClaudeState>) }
}

export function storable(state: ClaudeState): ParserState {
  return state as unknown as ParserState
}
