import type { AgentFailure } from '@optio/core'
import type { AgentAdapter, AgentEnd, ParserState } from '../adapter.ts'
import { failure } from './failure.ts'
import { launch } from './launch.ts'
import { readLine } from './parser.ts'
import { INITIAL_STATE, stateOf, storable } from './state.ts'

/** Anthropic's Claude Code, headless: `claude --print --output-format stream-json`. */
export const claudeCodeAgent: AgentAdapter = {
  type: 'claude-code',
  launch,
  initialState: () => storable(INITIAL_STATE),
  readLine,
  conclude,
}

/** A process that ends without its `result` line broke off, whatever its exit code says. */
function conclude(stored: ParserState, { exitCode }: AgentEnd): AgentFailure | null {
  const state = stateOf(stored)
  if (state.concluded) return state.failure
  if (exitCode !== 0) return null
  return failure('agent', 'It ended without saying what came of it: its output breaks off.')
}
