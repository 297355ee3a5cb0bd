import { readdirSync, readFileSync } from 'node:fs'
import { type AgentFailure, formatUsd } from '@optio/core'
import { type AgentAdapter, claudeCodeAgent, type ParserState, type StreamItem } from '../../src/index.ts'

const DIRECTORY = new URL('../transcripts/claude-code/', import.meta.url)

/** Names of the recorded streams of Claude Code, without their ending. */
export const TRANSCRIPTS = readdirSync(DIRECTORY)
  .map((file) => file.replace(/\.jsonl$/, ''))
  .sort()

export function linesOf(name: string): string[] {
  return readFileSync(new URL(`${name}.jsonl`, DIRECTORY), 'utf8')
    .trimEnd()
    .split('\n')
}

/** Reads lines one after the other. The state goes through JSON after each, as it does when another process goes on. */
export function readAll(
  lines: readonly string[],
  adapter: AgentAdapter = claudeCodeAgent,
  from: ParserState = adapter.initialState(),
): { state: ParserState; items: StreamItem[] } {
  let state = from
  const items: StreamItem[] = []
  for (const line of lines) {
    const read = adapter.readLine(state, line, (text) => text)
    state = JSON.parse(JSON.stringify(read.state)) as ParserState
    items.push(...read.items)
  }
  return { state, items }
}

export interface Story {
  /** Types of the entries, in order. */
  readonly entries: string
  readonly sessions: readonly string[]
  /** Input tokens, output tokens and dollars of the last total; null when there was none. */
  readonly total: string | null
  readonly estimated: boolean
  readonly model: string | null
  readonly summaries: readonly string[]
  readonly failure: AgentFailure | null
}

/** What came of a recorded stream whose process ended with this code. */
export function storyOf(name: string, exitCode: number | null): Story {
  const { state, items } = readAll(linesOf(name))
  const totals = items.flatMap((item) => (item.kind === 'usage_total' ? [item] : []))
  const last = totals.at(-1)
  return {
    entries: items.flatMap((item) => (item.kind === 'entry' ? [item.logType] : [])).join(' '),
    sessions: items.flatMap((item) => (item.kind === 'session' ? [item.sessionId.slice(0, 8)] : [])),
    total: last
      ? `${last.usage.inputTokens} in, ${last.usage.outputTokens} out, $${formatUsd(last.usage.costUsd ?? -1n)}`
      : null,
    estimated: last?.estimated ?? false,
    model: last?.usage.model ?? null,
    summaries: items.flatMap((item) => (item.kind === 'result' ? [item.summary] : [])),
    failure: claudeCodeAgent.conclude(state, { exitCode }),
  }
}
