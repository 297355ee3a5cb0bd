import type { LogType, StreamItem } from '../adapter.ts'
import { type JsonObject, numberOf, objectsOf, wordsOf } from './json.ts'

/** What the CLI says of itself: its start, retries, hooks. Signs of life and what a tool's answer says anyway are left out. */
export function systemItems(message: JsonObject): StreamItem[] {
  switch (message.subtype) {
    case 'init':
      return [started(message)]
    case 'api_retry':
      return [retried(message)]
    case 'compact_boundary':
      return [entry('system', 'The conversation had grown long and was summarised.', null)]
    case 'hook_response':
      return hookAnswered(message)
    default:
      return []
  }
}

function started(message: JsonObject): StreamItem {
  const version = wordsOf(message.claude_code_version)
  const model = wordsOf(message.model)
  const servers = objectsOf(message.mcp_servers).map(({ name, status }) => ({
    name: wordsOf(name),
    status: wordsOf(status),
  }))
  return entry(
    'system',
    `Claude Code ${version ?? 'of an unknown version'} starts${model === null ? '' : ` with ${model}`}.`,
    {
      version,
      model,
      sessionId: wordsOf(message.session_id),
      permissionMode: wordsOf(message.permissionMode),
      apiKeySource: wordsOf(message.apiKeySource),
      mcpServers: servers,
    },
  )
}

function retried(message: JsonObject): StreamItem {
  const attempt = numberOf(message.attempt)
  const maxRetries = numberOf(message.max_retries)
  const delayMs = numberOf(message.retry_delay_ms)
  const status = numberOf(message.error_status)
  const error = wordsOf(message.error)
  const what = status === null ? 'could not be reached, or broke off' : `answered ${status}`
  const name = error === null || error === 'unknown' ? '' : ` (${error})`
  const when = delayMs === null ? '' : ` in ${(delayMs / 1000).toFixed(1)} s`
  return entry(
    'system',
    `The model's API ${what}${name}. Retry ${attempt ?? '?'} of ${maxRetries ?? '?'}${when}.`,
    { attempt, maxRetries, delayMs, status, error },
  )
}

/** A hook of the repository's own settings that failed; the others have nothing to say. */
function hookAnswered(message: JsonObject): StreamItem[] {
  const exitCode = numberOf(message.exit_code)
  if (exitCode === null || exitCode === 0) return []
  const name = wordsOf(message.hook_name) ?? 'A hook'
  const said = wordsOf(message.stderr) ?? wordsOf(message.stdout) ?? 'it said nothing'
  return [entry('error', `${name} ended with ${exitCode}: ${said}`, { hook: name, exitCode })]
}

function entry(
  logType: LogType,
  content: string,
  metadata: Readonly<Record<string, unknown>> | null,
): StreamItem {
  return { kind: 'entry', logType, content, metadata }
}
