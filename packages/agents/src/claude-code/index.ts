import type { AgentFailure } from '@optio/core'
import type { AgentAdapter, AgentEnd, ParserState } from '../adapter.ts'
import { conversation } from './conversation.ts'
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
  conversation,
  coAuthor: { name: 'Claude', email: 'noreply@anthropic.com' },
}

/**
 * The last `result` line counts: one that says it was interrupted is no failure when another follows. A process that ends
 * without any since it began anew broke off, whatever its exit code says.
 */
function conclude(stored: ParserState, { exitCode }: AgentEnd): AgentFailure | null {
  const state = stateOf(stored)
  if (state.concluded) return state.failure
  if (exitCode !== 0) return null
  return failure('agent', 'It ended without saying what came of it: its output breaks off.')
}
