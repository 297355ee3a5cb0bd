import Anthropic from '@anthropic-ai/sdk'
import type { Message, MessageCreateParamsNonStreaming, Tool } from '@anthropic-ai/sdk/resources'

/** The provider's own client, which knows nothing of the stand-in. It does not try again by itself. */
export function clientOf(url: string): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: 'a-key', maxRetries: 0 })
}

const BASH: Tool = {
  name: 'Bash',
  description: 'Runs a command',
  input_schema: {
    type: 'object',
    properties: { command: { type: 'string' }, description: { type: 'string' } },
  },
}

export const WRITE: Tool = {
  name: 'Write',
  input_schema: {
    type: 'object',
    properties: { file_path: { type: 'string' }, content: { type: 'string' } },
  },
}

/** A conversation as an agent holds it: it grows by what each side says. */
export class Dialogue {
  readonly messages: MessageCreateParamsNonStreaming['messages'] = []
  readonly tools: Tool[]

  constructor(prompt: string, tools: Tool[] = [BASH, WRITE]) {
    this.tools = tools
    this.say(prompt)
  }

  say(prompt: string): this {
    this.messages.push({ role: 'user', content: prompt })
    return this
  }

  /** Takes an answer over, and answers each call in it. */
  take(answer: Message, result = 'done'): this {
    this.messages.push({ role: 'assistant', content: answer.content as never })
    const calls = answer.content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
    if (calls.length > 0) {
      const content = calls.map((id) => ({ type: 'tool_result' as const, tool_use_id: id, content: result }))
      this.messages.push({ role: 'user', content })
    }
    return this
  }

  get request(): MessageCreateParamsNonStreaming {
    return { model: 'claude-opus-4-8', max_tokens: 1_000, messages: this.messages, tools: this.tools }
  }
}
