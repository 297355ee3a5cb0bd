import { OptioError } from '@optio/contract'
import { AGENT_FAILURE_KINDS, type AgentFailure, type AgentFailureKind } from '@optio/core'
import type {
  AgentAdapter,
  Launch,
  LaunchRequest,
  LogType,
  ParserState,
  Redact,
  StreamItem,
} from './adapter.ts'
import { LOG_TYPES } from './adapter.ts'
import { readUsage } from './usage.ts'

/** What an agent may take over from Optio's own environment. HOME and TMPDIR are the run's own. */
const INHERITED = ['PATH', 'LANG', 'TERM', 'USER'] as const

/** A session id goes into an environment variable and an argument: one longer than this is none. */
const LONGEST_SESSION_ID = 1_024

/** Of an agent's words about its failure, this many characters are kept. */
const LONGEST_FAILURE = 2_000

const NOTHING_TO_REMEMBER: ParserState = {}

/**
 * Any program. It gets its prompt on standard input and in the file `OPTIO_PROMPT_FILE`, and is done when it exits with 0.
 *
 * A line of its standard output that is a JSON object with one of these `type`s is understood; every other line is text:
 * - `text`, `thinking`, `tool_use`, `tool_result`, `system`, `error`, `info`, with `content` and `metadata`: an entry of the log;
 * - `session` with `sessionId`: told to the next attempt as `OPTIO_SESSION_ID`;
 * - `usage` with `inputTokens`, `outputTokens`, `costUsd`, `model`: adds to the attempt;
 * - `result` with `summary`: what came of it, in words;
 * - `failure` with `kind` (see `AgentFailureKind`), `message` and `retryAt` (an ISO time, may be missing): why it failed. Then
 *   an exit code of 0 is no success. The last one counts.
 */
export const commandAgent: AgentAdapter = {
  type: 'command',

  launch(request: LaunchRequest): Launch {
    const { agentCommand } = request
    if (agentCommand === null || agentCommand.length === 0) {
      throw new OptioError(
        'AGENT_NOT_AVAILABLE',
        'No agentCommand is set. Set it, for the repository or the standalone task, to the program and arguments that agents of type command run, for example ["my-agent", "--fast"].',
      )
    }
    return { argv: agentCommand, env: environment(request), promptOnStdin: true }
  },

  initialState: () => NOTHING_TO_REMEMBER,

  readLine(state, line, redact) {
    const message = parseObject(line)
    const failure = message?.type === 'failure' ? readFailure(message, redact) : null
    if (failure === null) return { state, items: itemsOf(message, line) }
    const metadata = { failure: failure.kind }
    return { state: { failure }, items: [entry('error', failure.message, metadata)] }
  },

  conclude: ({ failure }) => (failure as AgentFailure | undefined) ?? null,

  conversation: null,
}

/** Null when it names no kind that is known: then it is a line like any other. */
function readFailure(
  { kind, message, retryAt }: Record<string, unknown>,
  redact: Redact,
): AgentFailure | null {
  if (!(AGENT_FAILURE_KINDS as readonly unknown[]).includes(kind)) return null
  const time = typeof retryAt === 'string' ? Date.parse(retryAt) : Number.NaN
  const words = typeof message === 'string' && message !== '' ? message : `The agent failed: ${kind}.`
  return {
    kind: kind as AgentFailureKind,
    message: redact(words).slice(0, LONGEST_FAILURE),
    retryAt: Number.isNaN(time) ? null : time,
  }
}

function environment(request: LaunchRequest): Record<string, string> {
  const env: Record<string, string> = { ...request.granted }
  for (const name of INHERITED) {
    const value = request.inherited[name]
    if (value !== undefined) env[name] = value
  }
  env.HOME = request.homeDir
  env.TMPDIR = request.tmpDir
  env.OPTIO_TASK_ID = request.taskId
  env.OPTIO_RUN_ID = request.runId
  env.OPTIO_ATTEMPT = String(request.attempt)
  env.OPTIO_REASON = request.reason
  env.OPTIO_PROMPT_FILE = request.promptFile
  if (request.resumeSessionId !== null) env.OPTIO_SESSION_ID = request.resumeSessionId
  return env
}

function itemsOf(message: Record<string, unknown> | null, line: string): StreamItem[] {
  switch (message?.type) {
    case 'session':
      return sessionItems(message.sessionId, line)
    case 'usage':
      return usageItems(message)
    case 'result':
      return typeof message.summary === 'string'
        ? [{ kind: 'result', summary: message.summary }]
        : [entry('text', line)]
    default:
      return [isLogType(message?.type) ? typedEntry(message.type, message, line) : entry('text', line)]
  }
}

/** The line as a JSON object; null when it is none. */
function parseObject(line: string): Record<string, unknown> | null {
  // Most lines are plain text, and throwing is slow.
  if (!/^\s*\{/.test(line)) return null
  try {
    // An object it must be: the text begins with a brace.
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}

function isLogType(type: unknown): type is LogType {
  return (LOG_TYPES as readonly unknown[]).includes(type)
}

function typedEntry(logType: LogType, message: Record<string, unknown>, line: string): StreamItem {
  const { content, metadata } = message
  if (typeof content === 'string' || content === undefined || content === null) {
    return entry(logType, content ?? '', isPlainObject(metadata) ? metadata : null)
  }
  // Content that is no string is shown as it was written, in full.
  return entry(logType, line)
}

function sessionItems(sessionId: unknown, line: string): StreamItem[] {
  if (typeof sessionId !== 'string' || sessionId === '') return [entry('text', line)]
  if (sessionId.length > LONGEST_SESSION_ID) {
    return [
      entry(
        'error',
        `The agent named a session id longer than ${LONGEST_SESSION_ID} characters. It is ignored.`,
      ),
    ]
  }
  return [{ kind: 'session', sessionId }]
}

function usageItems(message: Record<string, unknown>): StreamItem[] {
  const { usage, complaint } = readUsage(message)
  const item: StreamItem = { kind: 'usage', usage }
  return complaint === null ? [item] : [item, entry('error', complaint)]
}

function entry(
  logType: LogType,
  content: string,
  metadata: Readonly<Record<string, unknown>> | null = null,
): StreamItem {
  return { kind: 'entry', logType, content, metadata }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
