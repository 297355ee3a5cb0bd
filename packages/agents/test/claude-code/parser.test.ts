import type { NanoUsd } from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claudeCodeAgent, type StreamItem } from '../../src/index.ts'
import { linesOf, readAll, TRANSCRIPTS } from '../support/transcripts.ts'

function read(...messages: readonly unknown[]): StreamItem[] {
  return readAll(messages.map((message) => (typeof message === 'string' ? message : JSON.stringify(message))))
    .items
}

function entriesOf(items: readonly StreamItem[]) {
  return items.flatMap((item) => (item.kind === 'entry' ? [item] : []))
}

function costsOf(items: readonly StreamItem[]): NanoUsd[] {
  return items.flatMap((item) => (item.kind === 'usage_total' ? [item.usage.costUsd ?? -1n] : []))
}

const usage = { input_tokens: 1000, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }

function says(text: string, change: object = {}) {
  return {
    type: 'assistant',
    message: {
      id: 'msg-1',
      model: 'claude-opus-4-8',
      content: [{ type: 'text', text }],
      usage,
      ...change,
    },
    parent_tool_use_id: null,
  }
}

function calls(name: string, input: unknown) {
  return says('', { content: [{ type: 'tool_use', id: 'toolu-1', name, input }] })
}

function ends(change: object = {}) {
  return { type: 'result', subtype: 'success', is_error: false, num_turns: 1, result: 'Done.', ...change }
}

describe('the state', () => {
  test.each(TRANSCRIPTS)('%s is read the same wherever reading stops and another process goes on', (name) => {
    const lines = linesOf(name)
    const whole = readAll(lines)
    for (let cut = 0; cut <= lines.length; cut++) {
      const first = readAll(lines.slice(0, cut))
      const second = readAll(lines.slice(cut), claudeCodeAgent, first.state)
      expect([...first.items, ...second.items]).toEqual(whole.items)
      expect(second.state).toEqual(whole.state)
    }
  })

  test('stays small however long the stream is', () => {
    const lines = Array.from({ length: 2_000 }, (_, n) =>
      JSON.stringify(says('x'.repeat(2_000), { id: `msg-${n}`.padEnd(5_000, 'x') })),
    )
    expect(JSON.stringify(readAll(lines).state).length).toBeLessThan(8_000)
  })

  test('of an older version is taken for none, and nothing breaks', () => {
    const { items } = readAll([JSON.stringify(says('hello'))], claudeCodeAgent, { old: true })
    expect(entriesOf(items)).toMatchObject([{ content: 'hello' }])
    expect(claudeCodeAgent.conclude({ old: true }, { exitCode: 1 })).toBeNull()
  })
})

describe('any line', () => {
  const known = TRANSCRIPTS.flatMap(linesOf)
  const json = fc.jsonValue({ maxDepth: 6 })
  const message = fc
    .record(
      {
        type: fc.constantFrom('system', 'assistant', 'user', 'result', 'rate_limit_event', 'other'),
        subtype: fc.oneof(
          fc.constantFrom('init', 'api_retry', 'success', 'hook_response', 'error_max_turns'),
          json,
        ),
        message: fc.oneof(json, fc.record({ id: json, model: json, content: json, usage: json })),
        usage: json,
        modelUsage: fc.oneof(json, fc.record({ a: fc.record({ inputTokens: json, outputTokens: json }) })),
        total_cost_usd: fc.oneof(json, fc.double()),
        rate_limit_info: fc.oneof(
          json,
          fc.record({ status: fc.constant('rejected'), resetsAt: fc.double() }),
        ),
        permission_denials: fc.oneof(json, fc.array(fc.record({ tool_name: json, tool_input: json }))),
        errors: json,
        estimated_tokens_delta: fc.oneof(json, fc.double()),
      },
      { requiredKeys: ['type'] },
    )
    .map((value) => JSON.stringify(value))

  test('is read without throwing, into costs that are never negative and a state that is plain JSON', () => {
    const anything = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), message), { maxLength: 8 })
    fc.assert(
      fc.property(anything, (lines) => {
        const { state, items } = readAll(lines)
        expect(costsOf(items).every((cost) => cost >= 0n)).toBe(true)
        for (const exitCode of [0, 1, null]) claudeCodeAgent.conclude(state, { exitCode })
      }),
      { numRuns: 500 },
    )
  })

  test('that is nested more deeply than can be followed comes through as text', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const line = `{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Bash","input":${deep}}]}}`
    expect(entriesOf(read(line))).toMatchObject([{ logType: 'text' }])
  })

  test('that is cut off anywhere comes through as the text it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(), (line, at) => {
        const cut = line.slice(0, 1 + (at % (line.length - 1)))
        expect(read(cut)).toEqual([{ kind: 'entry', logType: 'text', content: cut, metadata: null }])
      }),
      { numRuns: 300 },
    )
  })

  test.each(['<img src=x onerror=alert(1)>', '\u001b[31mred\u001b[0m', 'a\u202eb\u2066c', '{"type":"text"}'])(
    'with %j in it is data, and comes through unchanged',
    (text) => {
      expect(entriesOf(read(says(text)))).toMatchObject([{ logType: 'text', content: text }])
      expect(entriesOf(read(text))).toMatchObject([{ logType: 'text', content: text }])
    },
  )
})

describe('entries', () => {
  test.each([
    ['Bash', { command: 'npm test', description: 'Run the tests' }, 'Bash npm test'],
    ['Read', { file_path: 'src/a.ts', limit: 10 }, 'Read src/a.ts'],
    ['Grep', { pattern: 'foo', path: 'src' }, 'Grep foo'],
    ['WebFetch', { url: 'https://example.com', prompt: 'What?' }, 'WebFetch https://example.com'],
    ['Task', { description: 'Look around', prompt: 'Do' }, 'Task Look around'],
    ['mcp__db__run', { rows: 3 }, 'mcp__db__run {"rows":3}'],
    ['TaskList', {}, 'TaskList'],
    ['Odd', 'no object', 'Odd'],
  ])('a call of %s names what it is about', (name, input, content) => {
    expect(entriesOf(read(calls(name, input)))).toEqual([
      {
        kind: 'entry',
        logType: 'tool_use',
        content,
        metadata: { tool: name, toolUseId: 'toolu-1', input },
      },
    ])
  })

  test('a call with a huge argument keeps its id and the beginning of the argument', () => {
    const [call] = entriesOf(read(calls('Write', { file_path: 'a', content: 'x'.repeat(1_000_000) })))
    expect(call?.metadata).toMatchObject({ toolUseId: 'toolu-1', input: { file_path: 'a' } })
    expect(JSON.stringify(call?.metadata).length).toBeLessThan(20_000)
  })

  test('an answer is its text; an image is named, not printed', () => {
    const content = [
      { type: 'text', text: 'one' },
      { type: 'image', source: { media_type: 'image/png', data: 'AAAA'.repeat(100) } },
    ]
    const message = {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 't', is_error: true, content }],
    }
    expect(entriesOf(read({ type: 'user', message }))).toEqual([
      {
        kind: 'entry',
        logType: 'tool_result',
        content: 'one\n[image/png, 300 bytes]',
        metadata: { toolUseId: 't', isError: true },
      },
    ])
  })

  test('what a subagent does says whose it is', () => {
    const line = { ...calls('Bash', { command: 'ls' }), parent_tool_use_id: 'toolu-0' }
    expect(entriesOf(read(line))).toMatchObject([{ metadata: { parentToolUseId: 'toolu-0' } }])
  })

  test('a retry says what the API answered and when it tries again', () => {
    const retry = { type: 'system', subtype: 'api_retry', attempt: 1, max_retries: 3, retry_delay_ms: 1234 }
    const [answered] = entriesOf(read({ ...retry, error_status: 429, error: 'rate_limit' }))
    expect(answered?.content).toBe("The model's API answered 429 (rate_limit). Retry 1 of 3 in 1.2 s.")
    const [silent] = entriesOf(read({ ...retry, error_status: null, error: 'unknown' }))
    expect(silent?.content).toContain('could not be reached')
  })
})

describe('spending', () => {
  const result = { total_cost_usd: 0.5, modelUsage: { a: { inputTokens: 1, outputTokens: 2 } } }

  test('is estimated while it runs, and is what the agent says in the end, lower or higher', () => {
    for (const total of [0.0001, 7]) {
      const items = read(says('hello'), ends({ ...result, total_cost_usd: total }))
      const [estimate = 0n, said = 0n] = costsOf(items)
      expect(estimate).toBeGreaterThan(0n)
      expect(said).toBe(BigInt(Math.round(total * 1e9)))
    }
  })

  test('counts a message once, however many lines it comes in', () => {
    const [first = 0n, second = 0n] = costsOf(read(says('aaa'), says('bbb')))
    // The second line adds its own length to the output, and no input.
    expect(second - first).toBeLessThan(2_000_000n)
    const [, other = 0n] = costsOf(read(says('aaa'), says('bbb', { id: 'msg-2' })))
    expect(other - first).toBeGreaterThan(5_000_000n)
  })

  test('of messages that come interleaved is counted once each', () => {
    const lines = [says('a', { id: 'm1' }), says('b', { id: 'm2' }), says('a', { id: 'm1' })]
    const costs = costsOf(read(...lines, says('b', { id: 'm2' })))
    expect((costs[3] ?? 0n) - (costs[1] ?? 0n)).toBeLessThan(4_000_000n)
  })

  test('tells kinds of input apart: what comes from the cache costs a tenth', () => {
    const [plain = 0n] = costsOf(read(says('', { usage: { input_tokens: 100_000 } })))
    const [cached = 0n] = costsOf(read(says('', { usage: { cache_read_input_tokens: 100_000 } })))
    expect(plain).toBeGreaterThan(9n * cached)
  })

  test.each(['claude-haiku-4-5', 'claude-sonnet-4-5', 'claude-opus-4-8', 'claude-opus-4-1', 'brand-new'])(
    'of %s is never estimated at nothing, and an unknown model is the dearest',
    (model) => {
      const [cost = 0n] = costsOf(read(says('hi', { model })))
      const [dearest = 0n] = costsOf(read(says('hi', { model: 'unheard-of' })))
      expect(cost).toBeGreaterThan(0n)
      expect(cost).toBeLessThanOrEqual(dearest)
    },
  )

  test.each([undefined, null, 'free', -1, 0, Number.NaN])(
    'stays at the estimate when the agent says its tokens cost %s',
    (total) => {
      const items = read(says('hello'), ends({ ...result, total_cost_usd: total }))
      const [estimate, said] = costsOf(items)
      expect(said).toBe(estimate)
      expect(items.filter((item) => item.kind === 'usage_total').at(-1)).toMatchObject({ estimated: true })
    },
  )

  test('never shrinks below what the agent has said before', () => {
    const items = read(
      says('a'),
      ends(result),
      says('b', { id: 'm2' }),
      ends({ ...result, total_cost_usd: 0.1 }),
    )
    const costs = costsOf(items)
    expect(costs.at(-1)).toBeGreaterThanOrEqual(500_000_000n)
  })

  test('of thinking that is not shown is counted with the message that follows', () => {
    const thought = { type: 'system', subtype: 'thinking_tokens', estimated_tokens_delta: 1000 }
    const [plain = 0n] = costsOf(read(says('a')))
    const [after = 0n] = costsOf(read(thought, thought, says('a')))
    expect(after - plain).toBe(2_000n * 25_000n)
  })
})

describe('how it ended', () => {
  function failureAfter(...messages: readonly unknown[]) {
    const { state } = readAll(messages.map((message) => JSON.stringify(message)))
    return claudeCodeAgent.conclude(state, { exitCode: 1 })
  }
  const error = (change: object) => ends({ is_error: true, result: 'No.', ...change })
  const retry = { type: 'system', subtype: 'api_retry', error_status: 429, error: 'rate_limit' }

  test.each([
    [{ api_error_status: 401 }, 'login'],
    [{ api_error_status: 403 }, 'login'],
    [{ api_error_status: 429 }, 'rate_limit'],
    [{ api_error_status: 529 }, 'rate_limit'],
    [{ api_error_status: 500 }, 'provider'],
    [{ api_error_status: 503 }, 'provider'],
    [{ api_error_status: 404 }, 'request'],
    [{ terminal_reason: 'prompt_too_long' }, 'request'],
    [{ subtype: 'error_max_turns' }, 'max_turns'],
    [{ subtype: 'error_max_budget_usd' }, 'budget'],
    [{ subtype: 'error_during_execution' }, 'agent'],
    [{ subtype: 'something_new' }, 'agent'],
    [{}, 'agent'],
  ])('an error result with %j is of kind %s', (change, kind) => {
    expect(failureAfter(error(change))).toMatchObject({ kind })
  })

  test('an error that the API recovered from is none of a later one', () => {
    expect(failureAfter(retry, says('works again'), error({}))).toMatchObject({ kind: 'agent' })
    expect(failureAfter(retry, error({}))).toMatchObject({ kind: 'rate_limit' })
  })

  test('a quota that is used up says when it starts anew', () => {
    const event = {
      type: 'rate_limit_event',
      rate_limit_info: { status: 'rejected', resetsAt: 1_800_000_000, rateLimitType: 'five_hour' },
    }
    expect(failureAfter(event, error({ api_error_status: 429 }))).toMatchObject({
      kind: 'rate_limit',
      retryAt: 1_800_000_000_000,
    })
    expect(entriesOf(read(event))).toMatchObject([
      {
        logType: 'system',
        content: 'The five hour quota is used up; it starts anew at 2027-01-15T08:00:00.000Z.',
      },
    ])
    const old = error({ api_error_status: 429, result: 'Claude AI usage limit reached|1800000000' })
    expect(failureAfter(old)).toMatchObject({ retryAt: 1_800_000_000_000 })
  })

  test('the end of a quota that let work go on says nothing about a later refusal', () => {
    const event = {
      type: 'rate_limit_event',
      rate_limit_info: { status: 'rejected', resetsAt: 1_800_000_000, rateLimitType: 'five_hour' },
    }
    expect(failureAfter(event, says('goes on'), error({ api_error_status: 429 }))).toMatchObject({
      kind: 'rate_limit',
      retryAt: null,
    })
  })

  test('a quota that is only nearly used up is worth an entry, and no failure', () => {
    const event = {
      type: 'rate_limit_event',
      rate_limit_info: { status: 'allowed_warning', utilization: 0.91, rateLimitType: 'seven_day' },
    }
    expect(entriesOf(read(event))).toMatchObject([
      { logType: 'info', content: '91 % of the seven day quota is used.' },
    ])
    expect(failureAfter(event, ends())).toBeNull()
  })

  test('the words of an agent about quotas, logins and errors are only words', () => {
    expect(
      failureAfter(says('401 429 quota exceeded, not logged in'), ends({ result: 'rate limit' })),
    ).toBeNull()
  })

  test('a success after a failure takes it back', () => {
    expect(failureAfter(error({ api_error_status: 500 }), says('again'), ends())).toBeNull()
  })
})

test('of a closing message that is too long the end is kept, where a verdict stands', () => {
  const verdict = '```json\n{"verdict":"approve","summary":"Good.","comments":[]}\n```'
  const result = `${'word '.repeat(100_000)}${verdict}`
  const items = read({ type: 'result', subtype: 'success', is_error: false, result, total_cost_usd: 0 })
  const summaries = items.flatMap((item) => (item.kind === 'result' ? [item.summary] : []))
  expect(summaries).toHaveLength(1)
  expect(summaries[0]?.endsWith(verdict)).toBe(true)
  expect(summaries[0]?.length).toBe(262_144)
})
