import type { AgentAdapter, ParserState } from '@optio/agents'
import { costOf, type NanoUsd } from '@optio/core'
import type { LogStream, NewEntry } from '../entry.ts'
import { storableEntry, storableJson, storableText } from '../storable.ts'
import type { OutputChunk } from './output-file.ts'
import type { Line } from './split-lines.ts'

/** What one turn of reading adds to the log and to the attempt. Everything in it can be stored as it is. */
export interface Turn {
  readonly entries: readonly NewEntry[]
  readonly parserState: ParserState
  /** True when the sums below take the place of all that was counted before, false when they add to it. */
  readonly replacesUsage: boolean
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: NanoUsd
  readonly costEstimated: boolean
  /** Null when nothing new was said. */
  readonly sessionId: string | null
  readonly modelUsed: string | null
  readonly resultSummary: string | null
}

/**
 * Reads what the chunks of the two outputs say, in order. Lines of standard error are entries of type `text`: many
 * programs write their progress there, so that "error" would cry wolf; the stream says where they come from.
 *
 * @param redact takes credentials out of a text. Lines are read as they are, because any word of a protocol can have the letters of a
 * secret; every text that is made of one is redacted, and numbers and the kinds of things are what they are.
 */
export function readTurn(
  adapter: AgentAdapter,
  state: ParserState,
  stdout: OutputChunk | null,
  stderr: OutputChunk | null,
  redact: (text: string) => string,
): Turn {
  const entries: NewEntry[] = []
  const turn = {
    entries,
    parserState: state,
    replacesUsage: false,
    inputTokens: 0,
    outputTokens: 0,
    cost: 0n,
    costEstimated: false,
    sessionId: null as string | null,
    modelUsed: null as string | null,
    resultSummary: null as string | null,
  }
  if (stdout?.missing) entries.push(shorter('standard output', stdout.missing))
  for (const line of stdout?.lines ?? []) {
    if (line.piece !== null) {
      entries.push(textEntry('stdout', line, redact))
      continue
    }
    const { state: next, items } = adapter.readLine(turn.parserState, line.text, redact)
    turn.parserState = next
    for (const item of items) {
      switch (item.kind) {
        case 'entry': {
          const { logType, content, metadata } = item
          entries.push(storableEntry({ stream: 'stdout', logType, content, metadata }, redact))
          break
        }
        case 'session':
          turn.sessionId = sessionOf(item.sessionId, redact) ?? turn.sessionId
          break
        case 'result':
          turn.resultSummary = storableText(redact(item.summary))
          break
        case 'usage': {
          const { cost, estimated } = costOf(item.usage)
          turn.inputTokens += item.usage.inputTokens
          turn.outputTokens += item.usage.outputTokens
          turn.cost += cost
          turn.costEstimated ||= estimated
          if (item.usage.model !== null) turn.modelUsed = storableText(redact(item.usage.model))
          break
        }
        case 'usage_total': {
          turn.replacesUsage = true
          turn.inputTokens = item.usage.inputTokens
          turn.outputTokens = item.usage.outputTokens
          const { cost, estimated } = costOf(item.usage)
          turn.cost = cost
          turn.costEstimated = estimated || item.estimated
          if (item.usage.model !== null) turn.modelUsed = storableText(redact(item.usage.model))
        }
      }
    }
  }
  if (stderr?.missing) entries.push(shorter('standard error', stderr.missing))
  for (const line of stderr?.lines ?? []) entries.push(textEntry('stderr', line, redact))
  return { ...turn, parserState: (storableJson(turn.parserState) ?? adapter.initialState()) as ParserState }
}

/** It becomes an argument of the next attempt: one that holds a secret is none, and that attempt begins a session of its own. */
function sessionOf(id: string, redact: (text: string) => string): string | null {
  return redact(id) === id ? storableText(id) : null
}

/** A line that no adapter reads: standard error, or a piece of a line longer than the limit, which the metadata marks. */
function textEntry(stream: LogStream, { text, piece }: Line, redact: (text: string) => string): NewEntry {
  const metadata = piece === null ? null : { longLine: piece }
  return { ...storableEntry({ stream, logType: 'text', content: text, metadata: null }, redact), metadata }
}

function shorter(output: string, bytes: number): NewEntry {
  return {
    stream: 'optio',
    logType: 'info',
    content: `The agent's ${output} is ${bytes} bytes shorter than what was read of it before: the machine went down before they reached the disk. Reading goes on at its new end.`,
    metadata: null,
  }
}
