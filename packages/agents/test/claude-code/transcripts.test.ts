import type { AgentFailureKind } from '@optio/core'
import { expect, test } from 'vitest'
import { type Story, storyOf, TRANSCRIPTS } from '../support/transcripts.ts'

/** A turn in which it makes a commit, as the log shows it. */
const WORK = 'system text tool_use tool_result text'
const OPUS = 'claude-opus-4-8[1m]'
const NOTHING = '0 in, 0 out, $0.00'

interface Expected extends Partial<Omit<Story, 'failure'>> {
  readonly exitCode?: number | null
  readonly failure?: readonly [kind: AgentFailureKind, words: string] | undefined
}

/** An error of the model's API: its retries, what it says, how it ended. */
function apiError(retries: number, failure: Expected['failure']): Expected {
  const entries = `system ${'system '.repeat(retries)}error error`
  return { exitCode: 1, entries, total: NOTHING, failure }
}

/** Every stream that was recorded of the real CLI, and what came of it. */
const EXPECTED: Readonly<Record<string, Expected>> = {
  commit: { sessions: ['9a03e1a6'], total: '38276 in, 71 out, $0.193155', model: OPUS },
  '2.1.330': {
    sessions: ['8781d770'],
    total: '24963 in, 71 out, $0.101272',
    model: 'claude-opus-5-5',
  },
  resume: { sessions: ['c363be25'], total: '39481 in, 71 out, $0.19918', model: 'claude-opus-4-8' },
  partial: { sessions: ['9fcf017f'], total: '38282 in, 71 out, $0.193185' },
  think: {
    entries: 'system thinking text system',
    total: '19064 in, 10 out, $0.09557',
    summaries: ['The answer is 42.'],
  },
  'stdin-allow': { total: '43813 in, 71 out, $0.22084' },
  // Two messages to one process: the second result names the cost of both.
  'stdin-multi': {
    entries: `${WORK} system ${WORK} system`,
    sessions: ['33d6cbc9'],
    total: '76996 in, 142 out, $0.38853',
    summaries: ['Done: hello.txt is committed.', 'Done: hello.txt is committed.'],
  },
  // A message while it works, one when it is done, and one that breaks off what it does: the last result counts.
  'message-soft': {
    entries: 'system text tool_use tool_result text tool_use tool_result text system',
    summaries: ['Second done.'],
    total: '7200 in, 150 out, $0.013875',
  },
  'message-after': {
    entries: 'system text system system text tool_use tool_result text system',
    summaries: ['First done.', 'Second done.'],
    total: '7200 in, 150 out, $0.013875',
  },
  'message-interrupt': {
    entries: 'system text tool_use tool_result info system system text tool_use tool_result text system',
    summaries: ['Second done.'],
    total: '7200 in, 150 out, $0.013875',
  },
  flaky429: { entries: `system system ${WORK} system`, total: '38284 in, 71 out, $0.193195' },
  flaky500: { entries: `system system ${WORK} system`, total: '38283 in, 71 out, $0.19319' },
  flaky529: { entries: `system system ${WORK} system`, total: '38283 in, 71 out, $0.19319' },

  // A success by exit code and subtype, which it was not: the tool was denied.
  denied: { entries: `${WORK} error`, summaries: [], failure: ['denied', 'Bash set -e; echo "hello'] },
  'stdin-deny': { entries: `${WORK} error`, summaries: [], failure: ['denied', 'Bash set -e; echo "hello'] },

  err400: apiError(0, ['request', 'Prompt is too long']),
  err401: apiError(10, ['login', 'Invalid API key']),
  'err401-r2': apiError(2, ['login', 'Invalid API key']),
  'err403-r2': apiError(0, ['login', 'Failed to authenticate']),
  'err429-r2': apiError(2, ['rate_limit', 'API Error: Request rejected (429)']),
  'err500-r2': apiError(2, ['provider', 'API Error: 500']),
  'err529-r2': apiError(2, ['rate_limit', 'API Error: Repeated 529']),
  'cut-r2': apiError(2, ['provider', 'API Error: Unable to connect to API (ECONNRESET)']),
  refused: apiError(1, ['provider', 'API Error: Unable to connect to API (ConnectionRefused)']),

  maxturns: {
    exitCode: 1,
    entries: 'system text tool_use tool_result text tool_use tool_result text tool_use tool_result error',
    total: '57475 in, 30 out, $0.288125',
    summaries: [],
    failure: ['max_turns', 'Reached maximum number of turns (3)'],
  },
  // It overshoots its cap by one request, and its `usage` leaves that one out.
  budget: {
    exitCode: 1,
    entries: `system ${'text tool_use tool_result '.repeat(5)}text tool_use error`,
    total: '116221 in, 60 out, $0.582605',
    summaries: [],
    failure: ['budget', 'Reached maximum budget ($0.5)'],
  },
  'resume-missing': {
    exitCode: 1,
    entries: 'error',
    sessions: [],
    total: NOTHING,
    summaries: [],
    failure: ['session', 'No conversation found with session ID'],
  },

  // Asked to end it may claim success all the same; that it was asked is known by who did.
  sigTERM: { total: '38224 in, 20 out, $0.19162', summaries: ['slept'] },
  sigINT: {
    exitCode: 1,
    entries: 'system text tool_use tool_result info error',
    total: '19066 in, 13 out, $0.095655',
    summaries: [],
    failure: ['interrupted', '[ede_diagnostic]'],
  },
  'stdin-interrupt': {
    exitCode: 1,
    entries: 'system text tool_use tool_result info error',
    total: '19075 in, 13 out, $0.0957',
    summaries: [],
    failure: ['interrupted', '[ede_diagnostic]'],
  },
  // Killed, it names no cost: what it used is estimated, and a little more than it was.
  sigKILL: {
    exitCode: null,
    entries: 'system text tool_use',
    total: '19067 in, 65 out, $0.09696',
    estimated: true,
    summaries: [],
  },
  sigPGKILL: {
    exitCode: null,
    entries: 'system text tool_use',
    total: '19068 in, 65 out, $0.096965',
    estimated: true,
    summaries: [],
  },
}

test('every recorded stream is looked at', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(TRANSCRIPTS)
})

test.each(Object.entries(EXPECTED))('what came of the recorded stream %s', (name, expected) => {
  const { exitCode = 0, failure, ...rest } = expected
  const story = storyOf(name, exitCode)
  expect(story).toMatchObject({
    entries: `${WORK} system`,
    estimated: false,
    ...(failure ? { summaries: [] } : { summaries: ['Done: hello.txt is committed.'] }),
    ...rest,
  })
  expect(story.sessions).toHaveLength(name === 'resume-missing' ? 0 : 1)
  if (!failure) return expect(story.failure).toBeNull()
  const [kind, words] = failure
  expect(story.failure).toMatchObject({ kind, retryAt: null })
  expect(story.failure?.message.startsWith(words)).toBe(true)
})

test.each(['sigKILL', 'sigPGKILL'])(
  'a stream that breaks off without a result is no success although the exit code is 0 (%s)',
  (name) => {
    expect(storyOf(name, 0).failure).toMatchObject({ kind: 'agent' })
  },
)
