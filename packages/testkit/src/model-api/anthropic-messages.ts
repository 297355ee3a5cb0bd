import type { IncomingHttpHeaders } from 'node:http'
import type {
  ContentBlock,
  ErrorResponse,
  Message,
  MessageTokensCount,
  ModelInfo,
  RawContentBlockDelta,
  RawMessageStreamEvent,
  StopReason,
  Usage,
} from '@anthropic-ai/sdk/resources'
import type { Answer, AnswerPart } from './answer.ts'
import { readMessagesRequest } from './anthropic-request.ts'
import type { Credential, Ids, Protocol } from './protocol.ts'

/** Characters in a piece of a stream: few, so that readers meet words, names and JSON cut in the middle. */
const PIECE_CHARACTERS = 24

/**
 * Anthropic's Messages API: https://platform.claude.com/docs/en/api/messages, streamed as in
 * https://platform.claude.com/docs/en/build-with-claude/streaming.
 */
export const anthropicMessages: Protocol = {
  name: 'anthropic-messages',

  route(method, path) {
    if (method === 'POST' && path === '/v1/messages') return 'answer'
    if (method === 'POST' && path === '/v1/messages/count_tokens') return 'count'
    if (method === 'GET' && path === '/v1/models') return 'models'
    return null
  },

  credentialOf,

  read: readMessagesRequest,

  isStreamed: (body) => (body as { stream?: unknown }).stream === true,

  whole: (answer, ids) => messageOf(answer, ids),

  pieces: (answer, ids) => eventsOf(answer, ids).map((data) => ({ event: data.type, data })),

  brokenPiece: (requestId) => ({
    event: 'error',
    data: errorOf('overloaded_error', 'Overloaded', requestId),
  }),

  refusal({ status, message, headers, until, quota }, requestId, now) {
    const [type, words] = ERRORS[status] ?? ['api_error', 'The stand-in refuses, as its script says.']
    return {
      headers: { ...(until === null ? {} : limitHeaders(until, now, quota)), ...headers },
      body: errorOf(type, message === '' ? words : message, requestId),
    }
  },

  /** About what a tokenizer would count: no promise, but the same for the same request. */
  count: (conversation): MessageTokensCount => ({
    input_tokens: Math.ceil(JSON.stringify(conversation).length / 4),
  }),

  models: () => ({
    data: [model('claude-opus-4-8', 'Claude Opus 4.8'), model('claude-haiku-4-5', 'Claude Haiku 4.5')],
    has_more: false,
    first_id: 'claude-opus-4-8',
    last_id: 'claude-haiku-4-5',
  }),
}

function credentialOf(headers: IncomingHttpHeaders): Credential | null {
  const key = headers['x-api-key']
  if (typeof key === 'string' && key !== '') return { kind: 'api-key', value: key }
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  return bearer === undefined ? null : { kind: 'bearer', value: bearer }
}

type ErrorType = ErrorResponse['error']['type']

/** What the API says with each status (https://platform.claude.com/docs/en/api/errors). */
const ERRORS: Readonly<Record<number, readonly [type: ErrorType, message: string]>> = {
  400: ['invalid_request_error', 'prompt is too long: 250000 tokens > 200000 maximum'],
  401: ['authentication_error', 'invalid x-api-key'],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'The requested resource could not be found.'],
  429: ['rate_limit_error', 'This request would exceed your account’s rate limit. Please try again later.'],
  500: ['api_error', 'Internal server error'],
  504: ['timeout_error', 'The request timed out while processing.'],
  529: ['overloaded_error', 'Overloaded'],
}

function errorOf(type: ErrorType, message: string, requestId: string): ErrorResponse {
  return { type: 'error', error: { type, message }, request_id: requestId }
}

/**
 * `retry-after` in seconds, and the limit that is used up (https://platform.claude.com/docs/en/api/rate-limits). Subscriptions
 * have quotas of their own, with the end in seconds since the epoch, in headers that Claude Code reads.
 */
function limitHeaders(until: number, now: number, quota: string | null): Record<string, string> {
  const retryAfter = { 'retry-after': String(Math.max(1, Math.ceil((until - now) / 1000))) }
  if (quota !== null) {
    return {
      ...retryAfter,
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': String(Math.ceil(until / 1000)),
      'anthropic-ratelimit-unified-representative-claim': quota,
    }
  }
  return {
    ...retryAfter,
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': new Date(until).toISOString(),
  }
}

const STOP_REASONS: Readonly<Record<Answer['stop'], StopReason>> = {
  end: 'end_turn',
  tool: 'tool_use',
  max_tokens: 'max_tokens',
  refusal: 'refusal',
}

function messageOf(answer: Answer, ids: Ids): Message {
  return {
    id: ids('msg'),
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: answer.parts.map((part) => blockOf(part, ids)),
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: STOP_REASONS[answer.stop],
    stop_sequence: null,
    usage: usageOf(answer),
  }
}

function blockOf(part: AnswerPart, ids: Ids): ContentBlock {
  switch (part.kind) {
    case 'thinking':
      return { type: 'thinking', thinking: part.text, signature: 'c3RhbmQtaW4=' }
    case 'text':
      return { type: 'text', text: part.text, citations: null }
    case 'call':
      return {
        type: 'tool_use',
        id: ids('toolu'),
        name: part.name,
        input: part.input,
        caller: { type: 'direct' },
      }
  }
}

function usageOf({ usage }: Answer): Usage {
  return {
    input_tokens: usage.input,
    output_tokens: usage.output,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 },
    inference_geo: null,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: 'standard',
    speed: 'standard',
  }
}

function eventsOf(answer: Answer, ids: Ids): RawMessageStreamEvent[] {
  const message = messageOf(answer, ids)
  const { usage } = message
  return [
    {
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
    },
    ...message.content.flatMap(blockEvents),
    {
      type: 'message_delta',
      delta: {
        stop_reason: message.stop_reason,
        stop_sequence: null,
        stop_details: null,
        container: null,
      },
      usage: {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        output_tokens_details: null,
        server_tool_use: null,
      },
    },
    { type: 'message_stop' },
  ]
}

function blockEvents(block: ContentBlock, index: number): RawMessageStreamEvent[] {
  const { empty, deltas } = unfolded(block)
  return [
    { type: 'content_block_start', index, content_block: empty },
    ...deltas.map((delta): RawMessageStreamEvent => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
}

function unfolded(block: ContentBlock): { empty: ContentBlock; deltas: RawContentBlockDelta[] } {
  switch (block.type) {
    case 'text':
      return {
        empty: { ...block, text: '' },
        deltas: cut(block.text).map((text) => ({ type: 'text_delta', text })),
      }
    case 'thinking':
      return {
        empty: { ...block, thinking: '', signature: '' },
        deltas: [
          ...cut(block.thinking).map(
            (thinking): RawContentBlockDelta => ({ type: 'thinking_delta', thinking }),
          ),
          { type: 'signature_delta', signature: block.signature },
        ],
      }
    case 'tool_use':
      return {
        empty: { ...block, input: {} },
        deltas: cut(JSON.stringify(block.input)).map((json) => ({
          type: 'input_json_delta',
          partial_json: json,
        })),
      }
    default:
      return { empty: block, deltas: [] }
  }
}

/** By code points: half of an emoji is no text. */
function cut(text: string): string[] {
  const points = [...text]
  const pieces: string[] = []
  for (let i = 0; i < points.length; i += PIECE_CHARACTERS)
    pieces.push(points.slice(i, i + PIECE_CHARACTERS).join(''))
  return pieces
}

function model(id: string, name: string): Pick<ModelInfo, 'id' | 'display_name' | 'type' | 'created_at'> {
  return { type: 'model', id, display_name: name, created_at: '2026-01-01T00:00:00Z' }
}
