import type { LogType, ParserState, Redact, StreamItem } from '../adapter.ts'
import { INTERRUPT } from './conversation.ts'
import { errorName, failureOf } from './failure.ts'
import { type JsonObject, numberOf, objectOf, objectsOf, parseObject, wordsOf } from './json.ts'
import { countMessage, countThought, reportOf, settle } from './spending.ts'
import { type ClaudeState, stateOf, storable } from './state.ts'
import { systemItems } from './system-lines.ts'
import { keptInput, toolAnswer, toolCall } from './tool-display.ts'

/** Model of messages that the CLI writes itself, to say what went wrong. */
const NO_MODEL = '<synthetic>'
/** Of a longer closing message the end is kept: a verdict stands there. */
const LONGEST_SUMMARY = 262_144
const LONGEST_ID = 200

interface Read {
  readonly state: ClaudeState
  readonly items: readonly StreamItem[]
}

/** Reads a line of `--output-format stream-json`. Lines of other programs come through as text. */
export function readLine(
  stored: ParserState,
  line: string,
  redact: Redact,
): { state: ParserState; items: readonly StreamItem[] } {
  try {
    const { state, items } = read(stateOf(stored), line, redact)
    return { state: storable(state), items }
  } catch {
    // Values nested by the ten thousand cannot be walked through.
    return { state: stored, items: [entry('text', line)] }
  }
}

function read(state: ClaudeState, line: string, redact: Redact): Read {
  const message = parseObject(line)
  switch (message?.type) {
    case 'system':
      return systemLine(state, message, redact)
    case 'assistant':
      return assistantLine(state, message, redact)
    case 'user':
      // What it was told: who told it has said so in the log.
      if (message.isReplay === true) return { state: { ...state, heard: state.heard + 1 }, items: [] }
      return { state, items: contentOf(message).flatMap((block) => userItems(block, message)) }
    case 'result':
      return resultLine(state, message, redact)
    case 'rate_limit_event':
      return rateLimitLine(state, objectOf(message.rate_limit_info) ?? {})
    case 'control_response': {
      const asked = wordsOf(objectOf(message.response)?.request_id)
      const interrupting = state.interrupting || asked?.startsWith(INTERRUPT) === true
      return { state: { ...state, interrupting }, items: [] }
    }
    // Parts of what comes whole later, signs of life, and the other direction's protocol.
    case 'stream_event':
    case 'tool_progress':
    case 'keep_alive':
    case 'control_request':
    case 'control_cancel_request':
      return { state, items: [] }
    default:
      return { state, items: line === '' ? [] : [entry('text', line)] }
  }
}

function systemLine(state: ClaudeState, message: JsonObject, redact: Redact): Read {
  switch (message.subtype) {
    case 'init': {
      const said = wordsOf(message.session_id)
      const sessionId = idOf(said, redact) ?? state.sessionId
      const model = idOf(message.model, redact) ?? state.model
      const isNews = said !== null && said.length <= LONGEST_ID && sessionId !== state.sessionId
      const session: StreamItem[] = isNews ? [{ kind: 'session', sessionId: said }] : []
      return {
        state: { ...state, sessionId, model, concluded: false },
        items: [...session, ...systemItems(message)],
      }
    }
    case 'api_retry': {
      const apiError = { status: numberOf(message.error_status), error: errorName(message.error, redact) }
      return { state: { ...state, apiError }, items: systemItems(message) }
    }
    case 'thinking_tokens':
      return {
        state: { ...state, spending: countThought(state.spending, message.estimated_tokens_delta) },
        items: [],
      }
    default:
      return { state, items: systemItems(message) }
  }
}

function assistantLine(state: ClaudeState, line: JsonObject, redact: Redact): Read {
  const message = objectOf(line.message) ?? {}
  const items = contentOf(line).flatMap((block) => assistantItems(block, line, redact))
  const name = wordsOf(message.model)
  if (name === NO_MODEL || wordsOf(line.error) !== null) {
    const error = errorName(line.error, redact) ?? state.apiError?.error ?? null
    const apiError = { status: state.apiError?.status ?? null, error }
    return { state: { ...state, apiError }, items }
  }
  const price = priceModel(name, idOf(name, redact), state.model)
  const spending = countMessage(state.spending, message, price, redact)
  const next: ClaudeState = { ...state, concluded: false, apiError: null, resetsAt: null, spending }
  return { state: next, items: [...items, total(next)] }
}

/** Messages name the model without the mark of its large context, `[1m]`, on which its price can depend. */
function priceModel(name: string | null, shown: string | null, started: string | null): string | null {
  if (name === null || shown === null) return started
  return started?.startsWith(`${shown}[`) === true ? `${name}${started.slice(shown.length)}` : name
}

function total({ spending, model }: ClaudeState): StreamItem {
  return { kind: 'usage_total', ...reportOf(spending, model) }
}

function resultLine(state: ClaudeState, result: JsonObject, redact: Redact): Read {
  const failure = failureOf(result, state, redact)
  const next: ClaudeState = {
    ...state,
    concluded: true,
    failure,
    spending: settle(state.spending, result),
  }
  const words = wordsOf(result.result)
  const items: StreamItem[] = [total(next), closing(result, next)]
  if (failure === null && words !== null)
    items.push({ kind: 'result', summary: redact(words).slice(-LONGEST_SUMMARY) })
  return { state: { ...next, interrupting: false }, items }
}

/** The last entry of a log: how it ended, after how many turns. */
function closing(result: JsonObject, { failure, apiError, interrupting }: ClaudeState): StreamItem {
  const metadata = {
    subtype: wordsOf(result.subtype),
    turns: numberOf(result.num_turns),
    durationMs: numberOf(result.duration_ms),
    costUsd: numberOf(result.total_cost_usd),
  }
  const turns = `${metadata.turns ?? 'an unknown number of'} turn${metadata.turns === 1 ? '' : 's'}`
  if (failure === null) return entry('system', `Claude Code is done after ${turns}.`, metadata)
  if (interrupting && failure.kind === 'interrupted')
    return entry('system', `Claude Code was interrupted after ${turns}.`, metadata)
  const denied = failure.kind === 'denied' ? 'tools were denied: ' : ''
  // An error of the model's API has an entry of its own, the one before this.
  const why = apiError === null ? `${denied}${failure.message}` : 'an error of the model’s API.'
  return entry('error', `Claude Code ended after ${turns}: ${why}`, { ...metadata, failure: failure.kind })
}

function rateLimitLine(state: ClaudeState, info: JsonObject): Read {
  const seconds = numberOf(info.resetsAt)
  const resetsAt = seconds === null ? null : Math.round(seconds * 1000)
  const which = wordsOf(info.rateLimitType)?.replaceAll('_', ' ') ?? 'current'
  const until = resetsAt === null ? '' : `; it starts anew at ${timeOf(resetsAt)}`
  const used = numberOf(info.utilization)
  if (info.status === 'rejected') {
    const words = `The ${which} quota is used up${until}.`
    return { state: { ...state, resetsAt }, items: [entry('system', words, info)] }
  }
  const next = { ...state, resetsAt: null }
  if (info.status !== 'allowed_warning') return { state: next, items: [] }
  const share = used === null ? 'nearly all' : `${Math.round(used * 100)} %`
  return { state: next, items: [entry('info', `${share} of the ${which} quota is used${until}.`, info)] }
}

/** Kept in the state, which is stored with every turn. */
function idOf(value: unknown, redact: Redact): string | null {
  const id = wordsOf(value)
  return id === null ? null : redact(id).slice(0, LONGEST_ID)
}

function timeOf(milliseconds: number): string {
  const time = new Date(milliseconds)
  return Number.isNaN(time.getTime()) ? 'an unknown time' : time.toISOString()
}

/** The blocks of a message; a plain text is one block. */
function contentOf(line: JsonObject): JsonObject[] {
  const content = objectOf(line.message)?.content
  return typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content)
}

function assistantItems(block: JsonObject, line: JsonObject, redact: Redact): StreamItem[] {
  switch (block.type) {
    case 'text': {
      const text = wordsOf(block.text)
      const logType = wordsOf(line.error) === null ? 'text' : 'error'
      return text === null ? [] : [entry(logType, text, origin(line))]
    }
    case 'thinking': {
      const text = wordsOf(block.thinking)
      return text === null ? [] : [entry('thinking', text, origin(line))]
    }
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use': {
      const tool = wordsOf(block.name) ?? 'a tool'
      const input = keptInput(block.input, redact)
      const metadata = { tool, toolUseId: wordsOf(block.id), input, ...origin(line) }
      return [entry('tool_use', toolCall(tool, block.input, redact), metadata)]
    }
    default:
      return wordsOf(block.type)?.endsWith('_tool_result') ? [answer(block, line)] : []
  }
}

function userItems(block: JsonObject, line: JsonObject): StreamItem[] {
  if (block.type === 'tool_result') return [answer(block, line)]
  const text = wordsOf(block.text)
  // What the CLI itself, or an agent of a subtask, is told.
  return text === null ? [] : [entry('info', text, origin(line))]
}

function answer(block: JsonObject, line: JsonObject): StreamItem {
  return entry('tool_result', toolAnswer(block.content), {
    toolUseId: wordsOf(block.tool_use_id),
    isError: block.is_error === true,
    ...origin(line),
  })
}

/** The call of the subagent that a line belongs to; nothing for the main one. */
function origin(line: JsonObject): { parentToolUseId?: string } | null {
  const parentToolUseId = wordsOf(line.parent_tool_use_id)
  return parentToolUseId === null ? null : { parentToolUseId }
}

function entry(
  logType: LogType,
  content: string,
  metadata: Readonly<Record<string, unknown>> | null = null,
): StreamItem {
  return { kind: 'entry', logType, content, metadata }
}
