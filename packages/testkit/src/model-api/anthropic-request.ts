import type { IncomingHttpHeaders } from 'node:http'
import type { Conversation, OfferedTool, Said } from './conversation.ts'
import { type Asked, BadRequest } from './protocol.ts'

/** The kinds of content that requests of agents hold; others are refused, so that new ones are noticed. */
const USER_CONTENT = ['text', 'image', 'document', 'tool_result', 'search_result', 'tool_reference']
const MODEL_CONTENT = ['text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use']

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads a request of the Messages API as its reference describes it (https://platform.claude.com/docs/en/api/messages), and
 * refuses what the API would refuse: missing or misshapen fields, and calls of tools without their results.
 */
export function readMessagesRequest(asked: Asked, headers: IncomingHttpHeaders, body: unknown): Conversation {
  if (!headers['anthropic-version']) refuse('anthropic-version: header is required')
  const request = fields(body, 'body')
  const { model, max_tokens: most, messages, tools } = request
  if (typeof model !== 'string' || model === '') refuse('model: Field required')
  if (asked === 'answer' && !(Number.isInteger(most) && Number(most) >= 1))
    refuse('max_tokens: Field required')
  if (!Array.isArray(messages) || messages.length === 0) refuse('messages: at least one message is required')
  if (request.stream !== undefined && typeof request.stream !== 'boolean') refuse('stream: must be a boolean')
  const turns = (messages as unknown[]).map((message, i) => readMessage(message, `messages.${i}`))
  if (turns[0]?.role !== 'user') refuse('messages: first message must use the "user" role')
  checkResults(turns)
  return {
    model: model as string,
    past: turns.flatMap(saidIn),
    tools: tools === undefined ? [] : readTools(tools),
    directory: directoryIn(request, turns),
  }
}

interface Turn {
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: readonly Fields[]
}

function readMessage(value: unknown, at: string): Turn {
  const { role, content } = fields(value, at)
  if (role !== 'user' && role !== 'assistant' && role !== 'system') refuse(`${at}.role: unexpected value`)
  if (typeof content === 'string') return { role, content: [{ type: 'text', text: content }] }
  if (!Array.isArray(content)) refuse(`${at}.content: must be a string or a list`)
  const allowed = role === 'assistant' ? MODEL_CONTENT : USER_CONTENT
  const blocks = (content as unknown[]).map((block, i) => {
    const where = `${at}.content.${i}`
    const read = fields(block, where)
    if (!allowed.includes(String(read.type))) refuse(`${where}.type: unexpected value “${String(read.type)}”`)
    checkBlock(read, where)
    return read
  })
  if (blocks.length === 0 && role === 'user') refuse(`${at}: user messages must have non-empty content`)
  return { role, content: blocks }
}

function checkBlock(block: Fields, at: string): void {
  const need = (key: string, isGood: (value: unknown) => boolean) => {
    if (!isGood(block[key])) refuse(`${at}.${String(block.type)}.${key}: Field required`)
  }
  switch (block.type) {
    case 'text':
      need('text', isFilled)
      break
    case 'thinking':
      need('thinking', (value) => typeof value === 'string')
      need('signature', isFilled)
      break
    case 'tool_use':
      need('id', isFilled)
      need('name', isFilled)
      need('input', (value) => typeof value === 'object' && value !== null)
      break
    case 'tool_result':
      need('tool_use_id', isFilled)
      break
  }
}

/** Each call has its result at the beginning of the next message, and each result its call in the one before. */
function checkResults(turns: readonly Turn[]): void {
  for (const [i, turn] of turns.entries()) {
    const calls = idsOf(turns[i - 1], 'tool_use', 'id')
    const results = idsOf(turn, 'tool_result', 'tool_use_id')
    const missing = calls.filter((id) => !results.includes(id))
    if (missing.length > 0) {
      refuse(
        `messages.${i}: \`tool_use\` ids were found without \`tool_result\` blocks: ${missing.join(', ')}`,
      )
    }
    const stray = results.filter((id) => !calls.includes(id))
    if (stray.length > 0) {
      refuse(`messages.${i}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray.join(', ')}`)
    }
  }
  const open = idsOf(turns.at(-1), 'tool_use', 'id')
  if (open.length > 0) refuse(`messages: the last message has \`tool_use\` blocks: ${open.join(', ')}`)
}

function idsOf(turn: Turn | undefined, type: string, key: string): string[] {
  return (turn?.content ?? []).filter((block) => block.type === type).map((block) => String(block[key]))
}

function readTools(tools: unknown): OfferedTool[] {
  if (!Array.isArray(tools)) refuse('tools: must be a list')
  return (tools as unknown[]).map((tool, i) => {
    const { name, type, input_schema: schema } = fields(tool, `tools.${i}`)
    if (!isFilled(name)) refuse(`tools.${i}.name: Field required`)
    // The provider's own tools have a type and no schema.
    if (type !== undefined && type !== 'custom') return { name: String(name), properties: {} }
    const { type: kind, properties } = fields(schema, `tools.${i}.input_schema`)
    if (kind !== 'object') refuse(`tools.${i}.input_schema.type: must be “object”`)
    return { name: String(name), properties: (properties ?? {}) as Record<string, unknown> }
  })
}

/** What agents add to prompts on their own is no prompt; Claude Code marks it so. */
const REMINDER = /^\s*<system-reminder>/

/** What a person says while Claude Code works reaches the model so, after the results of the tools that ran. */
const MEANWHILE =
  /^The user sent a new message while you were working:\n(.*?)\n\nIMPORTANT: After completing/gms

function saidIn({ role, content }: Turn): Said[] {
  if (role === 'assistant') return [{ by: 'model' }]
  if (role === 'system') {
    const texts = content.flatMap(({ text }) => [...String(text ?? '').matchAll(MEANWHILE)])
    return texts.map(([, said = '']) => ({ by: 'user', text: said }))
  }
  return content.flatMap((block): Said[] => {
    if (block.type === 'tool_result') return [{ by: 'tool' }]
    if (block.type !== 'text' || REMINDER.test(String(block.text))) return []
    return [{ by: 'user', text: String(block.text) }]
  })
}

function directoryIn({ system }: Fields, turns: readonly Turn[]): string | null {
  const blocks = Array.isArray(system) ? (system as Fields[]) : [{ text: system }]
  const texts = [...blocks, ...turns.flatMap(({ content }) => content)].map(({ text }) => String(text ?? ''))
  for (const text of texts) {
    const found = /working directory: (\/.*)/i.exec(text)?.[1]
    if (found !== undefined) return found.trim()
  }
  return null
}

function fields(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  return refuse(`${at}: must be an object`)
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function refuse(message: string): never {
  throw new BadRequest(message)
}
