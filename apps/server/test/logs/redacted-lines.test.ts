import { claudeCodeAgent, commandAgent } from '@optio/agents'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTurn, type Turn } from '../../src/features/logs/ingest/turn.ts'
import { Redactor } from '../../src/redaction/redactor.ts'
import { formsOf } from '../../src/redaction/secret-forms.ts'

/** What a turn makes of these lines of standard output, where these are secrets. */
function turnOf(
  lines: readonly (string | object)[],
  secrets: readonly string[],
  adapter = claudeCodeAgent,
): Turn {
  const redactor = new Redactor([])
  redactor.learn(secrets)
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  const chunk = {
    lines: texts.map((text) => ({ text, piece: null })),
    next: { offset: 0, midLine: false },
    more: false,
    missing: 0,
  }
  return readTurn(adapter, adapter.initialState(), chunk, null, (text) => redactor.redact(text))
}

/** All of a turn that is stored, as text: values and names. */
function stored(turn: Turn): string {
  return JSON.stringify(turn, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}

const SESSION = '11111111-2222-4333-8444-555555555555'
const INIT = {
  type: 'system',
  subtype: 'init',
  session_id: SESSION,
  model: 'claude-sonnet-4-5',
  claude_code_version: '2.0.0',
}
const SAYS = {
  type: 'assistant',
  message: {
    id: 'msg_01',
    model: 'claude-sonnet-4-5',
    content: [
      { type: 'text', text: 'The assistant looks.' },
      { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'npm test' } },
    ],
    usage: { input_tokens: 100, output_tokens: 20 },
  },
}
const DONE = {
  type: 'result',
  subtype: 'success',
  is_error: false,
  num_turns: 2,
  total_cost_usd: 0.25,
  result: 'Done.',
  usage: { input_tokens: 100, output_tokens: 20 },
}
const LIMITED = {
  ...DONE,
  is_error: true,
  api_error_status: 429,
  result: 'You have reached the limit|1767225600',
}

describe('a secret that is a word of the agent’s protocol changes nothing that is decided by', () => {
  const words = [
    'assistant',
    'sessionId',
    'session_id',
    'total_cost_usd',
    '"type":"',
    'claude-sonnet-4-5',
    'tool_use',
  ]

  test.each(words)('%s', (word) => {
    const clean = turnOf([INIT, SAYS, DONE], [])
    const turn = turnOf([INIT, SAYS, DONE], [word])
    for (const field of [
      'sessionId',
      'cost',
      'costEstimated',
      'inputTokens',
      'outputTokens',
      'resultSummary',
    ] as const) {
      expect(turn[field]).toEqual(clean[field])
    }
    expect(turn.entries.map(({ logType }) => logType)).toEqual(clean.entries.map(({ logType }) => logType))
    expect(claudeCodeAgent.conclude(turn.parserState, { exitCode: 0 })).toBeNull()
    // While the agent has not named it, the cost is an estimate, by the model.
    expect(turnOf([INIT, SAYS], [word]).cost).toBe(turnOf([INIT, SAYS], []).cost)
  })

  test.each(['rate_limit', 'api_error_status', '1767225600', '67225600'])(
    '%s, when the agent failed',
    (word) => {
      const { parserState } = turnOf([INIT, LIMITED], [word])
      expect(claudeCodeAgent.conclude(parserState, { exitCode: 1 })).toMatchObject({
        kind: 'rate_limit',
        retryAt: 1_767_225_600_000,
      })
    },
  )

  test.each(['sessionId', '"type":"', 'inputTokens', 'failure"'])('%s, of a program of one’s own', (word) => {
    const lines = [
      { type: 'session', sessionId: 's-1' },
      { type: 'usage', inputTokens: 3, outputTokens: 2, costUsd: 0.1, model: 'm-1' },
      { type: 'failure', kind: 'rate_limit', message: 'Later.', retryAt: '2026-01-01T00:00:00Z' },
    ]
    const turn = turnOf(lines, [word], commandAgent)
    expect(turn).toMatchObject({ sessionId: 's-1', inputTokens: 3, cost: 100_000_000n })
    expect(commandAgent.conclude(turn.parserState, { exitCode: 0 })).toMatchObject({ kind: 'rate_limit' })
  })
})

const RAW = ['a line of no known type', 'the name of an argument']

const SECRET = 'p+ss/"w0rd"\\with-ünicode-and-a-tail'

/** Places of a stream that words of others can come to, each with the text there. */
const PLACES: Readonly<Record<string, (text: string) => object>> = {
  'a model name': (text) => ({ ...INIT, model: text }),
  'a session id': (text) => ({ ...INIT, session_id: text }),
  'the name of a server': (text) => ({ ...INIT, mcp_servers: [{ name: text, status: text }] }),
  'the error of a retry': (text) => ({ type: 'system', subtype: 'api_retry', error: text, attempt: 1 }),
  'a hook': (text) => ({
    type: 'system',
    subtype: 'hook_response',
    exit_code: 1,
    hook_name: text,
    stderr: text,
  }),
  'the id of a message': (text) => ({ ...SAYS, message: { ...SAYS.message, id: text } }),
  words: (text) => ({ type: 'assistant', message: { content: [{ type: 'text', text }] } }),
  thoughts: (text) => ({ type: 'assistant', message: { content: [{ type: 'thinking', thinking: text }] } }),
  'a command': (text) => call('Bash', { command: text }),
  'the name of a tool': (text) => call(text, {}),
  'the name of an argument': (text) => call('Other', { [text]: 1, nested: [{ [text]: text }] }),
  'an answer': (text) => ({
    type: 'user',
    message: { content: [{ type: 'tool_result', tool_use_id: text, content: [{ type: 'text', text }] }] },
  }),
  'a quota': (text) => ({
    type: 'rate_limit_event',
    rate_limit_info: { status: 'rejected', rateLimitType: text },
  }),
  'a result': (text) => ({ ...DONE, result: text }),
  'a failure': (text) => ({
    ...DONE,
    result: '',
    subtype: 'error_during_execution',
    is_error: true,
    errors: [text, text],
  }),
  'a denial': (text) => ({
    ...DONE,
    permission_denials: [{ tool_name: 'Bash', tool_input: { command: text } }],
  }),
  'a line of no known type': (text) => ({ type: 'other', [text]: text }),
}

function call(name: string, input: object): object {
  return { type: 'assistant', message: { content: [{ type: 'tool_use', id: 'toolu_1', name, input }] } }
}

describe('a secret is in nothing that is made of a line', () => {
  test.each(Object.entries(PLACES))('%s', (name, line) => {
    // Lengths at which something is cut: a half of a secret would be left there.
    const lengths = fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      ...[200, 2_000, 16_000].map((cut) => fc.integer({ min: cut - 60, max: cut + 10 })),
    )
    // What is stored as it was written is escaped once more.
    const known = formsOf(SECRET)
    const escaped = (form: string) => JSON.stringify(form).slice(1, -1)
    const forms = fc.constantFrom(
      ...(RAW.includes(name) ? known.filter((form) => known.includes(escaped(form))) : known),
    )
    fc.assert(
      fc.property(forms, lengths, lengths, (form, before, after) => {
        // Large enough that long arguments are cut, too.
        const text = `${'x'.repeat(before)}${form}${'y'.repeat(after)}`
        const turn = turnOf([INIT, line(text), line(`${text}${'z'.repeat(100_001)}`)], [SECRET])
        const said = stored(turn)
        for (let at = 0; at + 8 <= form.length; at++) {
          expect(said.includes(JSON.stringify(form.slice(at, at + 8)).slice(1, -1))).toBe(false)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('the end of a long result is kept, and no half of a secret before it', () => {
    const text = `${SECRET}${'y'.repeat(262_144 - 20)}`
    expect(stored(turnOf([INIT, { ...DONE, result: text }], [SECRET]))).not.toContain('and-a-tail')
  })

  test('written with escapes that nobody else uses', () => {
    const line = JSON.stringify(SAYS).replace('The assistant', '\\u0070lain-w\\u006frd')
    expect(stored(turnOf([line], ['plain-word']))).not.toContain('plain-word')
  })

  test('that is a document of several fields, where the agent was given it as one', () => {
    const document = { client: 'me', private: 'a-b-c-d', n: 3 }
    const said = stored(turnOf([call('Other', { document })], [JSON.stringify(document)]))
    expect(said).not.toContain('a-b-c-d')
  })

  test.each([
    { type: 'session', sessionId: `s-${SECRET}` },
    { type: 'usage', inputTokens: 1, outputTokens: 1, costUsd: 1, model: SECRET },
    { type: 'result', summary: SECRET },
    { type: 'failure', kind: 'agent', message: `${'x'.repeat(1_990)}${SECRET}` },
    { type: 'info', content: SECRET, metadata: { [SECRET]: [SECRET] } },
    { type: 'info', content: [SECRET] },
  ])('of a program of one’s own: $type', (line) => {
    const turn = turnOf([line], [SECRET], commandAgent)
    expect(stored(turn)).not.toContain('p+ss')
    // A session whose id cannot be kept is none that could be gone on with.
    expect(turn.sessionId).toBeNull()
  })
})
