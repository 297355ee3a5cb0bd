import type { AgentConversation, AgentMessage } from '../adapter.ts'
import { stateOf } from './state.ts'

/** Begins the id of a request that breaks off what it does; the id of the message follows. */
export const INTERRUPT = 'interrupt-'

/**
 * Its standard input as `--input-format stream-json` describes it: a line for each message of a person. One that comes while
 * it works waits for the end of the tool that runs; what comes after a turn begins the next one. With
 * `--replay-user-messages` it repeats each when it hears it. What is in its input when that ends is still heard.
 */
export const conversation: AgentConversation = {
  linesFor(message) {
    const user = JSON.stringify(userMessage(message))
    return message.mode === 'soft' ? [user] : [JSON.stringify(interruption(message)), user]
  },
  standing(stored) {
    const { concluded, heard } = stateOf(stored)
    return { concluded, heard }
  },
}

function userMessage({ id, content }: AgentMessage) {
  // Words that begin with a slash would be a command of the CLI's own (`/clear`), which is not what the model is told.
  const text = content.startsWith('/') ? ` ${content}` : content
  return {
    type: 'user',
    message: { role: 'user', content: [{ type: 'text', text }] },
    parent_tool_use_id: null,
    session_id: '',
    uuid: id,
  }
}

function interruption({ id }: AgentMessage) {
  return { type: 'control_request', request_id: `${INTERRUPT}${id}`, request: { subtype: 'interrupt' } }
}
