import type { AgentFailure, AgentFailureKind } from '@optio/core'
import type { Redact } from '../adapter.ts'
import { type JsonObject, numberOf, objectsOf, wordsOf } from './json.ts'
import type { ClaudeState } from './state.ts'
import { toolCall } from './tool-display.ts'

const LONGEST_MESSAGE = 2_000
const LONGEST_NAME = 200
const MOST_DENIALS = 5

/**
 * What a `result` line says went wrong; null for a success. Its subtype alone says little: an error of the model's API is a
 * `success` with `is_error`, and an agent whose tools were denied claims to be done. Its words are without secrets.
 */
export function failureOf(result: JsonObject, state: ClaudeState, redact: Redact): AgentFailure | null {
  const subtype = wordsOf(result.subtype)
  if (result.is_error !== true && subtype === 'success') return deniedFailure(result, redact)
  const said = messageOf(result)
  const message = redact(said)
  switch (subtype) {
    case 'error_max_turns':
      return failure('max_turns', message)
    case 'error_max_budget_usd':
      return failure('budget', message)
    case 'error_during_execution':
      return failure(executionKind(result, state), message)
    default: {
      const kind = apiErrorKind(result, state)
      return failure(kind, message, kind === 'rate_limit' ? resetTime(said, state) : null)
    }
  }
}

export function failure(
  kind: AgentFailureKind,
  message: string,
  retryAt: number | null = null,
): AgentFailure {
  return { kind, message: message.slice(0, LONGEST_MESSAGE), retryAt }
}

function deniedFailure(result: JsonObject, redact: Redact): AgentFailure | null {
  const denials = objectsOf(result.permission_denials)
  if (denials.length === 0) return null
  const calls = denials
    .slice(0, MOST_DENIALS)
    .map(({ tool_name, tool_input }) =>
      toolCall(wordsOf(tool_name) ?? 'a tool', tool_input, redact).slice(0, 200),
    )
  const rest = denials.length - calls.length
  return failure('denied', `${calls.join('; ')}${rest > 0 ? ` and ${rest} more` : ''}`)
}

/** The CLI's own words: the text of an error result, or its list of errors. */
function messageOf(result: JsonObject): string {
  const errors = Array.isArray(result.errors)
    ? result.errors.filter((error) => typeof error === 'string')
    : []
  return wordsOf(result.result) ?? wordsOf(errors.join('; ')) ?? wordsOf(result.subtype) ?? 'an error'
}

/**
 * It ends like this when it is interrupted, when the session to go on with is not there (before the session begins, and with
 * these words of its own), and when something breaks.
 */
function executionKind(result: JsonObject, state: ClaudeState): AgentFailureKind {
  const neverBegan = state.sessionId === null && numberOf(result.num_turns) === 0
  if (neverBegan && /No conversation found with session ID|--resume requires/.test(messageOf(result)))
    return 'session'
  return wordsOf(result.terminal_reason)?.startsWith('aborted') === true ? 'interrupted' : 'agent'
}

/** The CLI's names of what went wrong with the model's API. */
const BY_NAME: Readonly<Record<string, AgentFailureKind>> = {
  authentication_failed: 'login',
  oauth_org_not_allowed: 'login',
  billing_error: 'request',
  rate_limit: 'rate_limit',
  overloaded: 'rate_limit',
  invalid_request: 'request',
  model_not_found: 'request',
  max_output_tokens: 'request',
  server_error: 'provider',
}

/** One of those is a name, whatever letters a secret has; any other is words. */
export function errorName(value: unknown, redact: Redact): string | null {
  const name = wordsOf(value)
  if (name === null || Object.hasOwn(BY_NAME, name)) return name
  return redact(name).slice(0, LONGEST_NAME)
}

/** 529 (overloaded) comes without a status in the result, but with one in the retries before it. */
function apiErrorKind(result: JsonObject, { apiError }: ClaudeState): AgentFailureKind {
  const status = numberOf(result.api_error_status) ?? apiError?.status ?? null
  if (status === 429 || status === 529) return 'rate_limit'
  const named = BY_NAME[apiError?.error ?? '']
  if (named !== undefined) return named
  if (status === 401 || status === 403) return 'login'
  if (status !== null) return status >= 500 || status === 408 ? 'provider' : 'request'
  if (wordsOf(result.terminal_reason) === 'prompt_too_long') return 'request'
  // Retried without any answer: it could not be reached.
  return apiError === null ? 'agent' : 'provider'
}

/** `…limit reached|1767225600`: how older versions say when a subscription's quota starts anew; newer ones send an event. */
function resetTime(message: string, { resetsAt }: ClaudeState): number | null {
  const seconds = /\|(\d{10})$/.exec(message.trim())?.[1]
  return resetsAt ?? (seconds === undefined ? null : Number(seconds) * 1000)
}
