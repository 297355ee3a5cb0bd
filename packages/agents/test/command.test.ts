import { costOf } from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adapterFor, commandAgent, type LaunchRequest, LOG_TYPES, type StreamItem } from '../src/index.ts'

const REQUEST: LaunchRequest = {
  taskId: 'task',
  runId: 'run',
  attempt: 2,
  reason: 'ci_failed',
  resumeSessionId: 'session-1',
  model: 'some-model',
  maxTurns: null,
  budgetLeftUsd: null,
  agentCommand: ['agent', '--flag', 'a b; $(c)'],
  promptFile: '/env/prompt',
  cloneDir: '/env/clone',
  homeDir: '/env/home',
  tmpDir: '/env/tmp',
  inherited: { PATH: '/bin', LANG: 'C.UTF-8', TERM: 'dumb', USER: 'me' },
  granted: {},
}

const asItIs = (text: string) => text

function read(line: string): readonly StreamItem[] {
  return commandAgent.readLine(commandAgent.initialState(), line, asItIs).items
}

/** The usage of a line, and what it complains about. */
function usageOf(report: object) {
  const items = read(JSON.stringify({ type: 'usage', ...report }))
  const usage = items.flatMap((item) => (item.kind === 'usage' ? [item.usage] : []))
  expect(usage).toHaveLength(1)
  const complaints = items.flatMap((item) =>
    item.kind === 'entry' && item.logType === 'error' ? [item.content] : [],
  )
  const [only] = usage
  if (!only) throw new Error('unreachable')
  return { ...only, complaints }
}

describe('launching a command agent', () => {
  test('its arguments are the repository’s, untouched, and the prompt is its standard input', () => {
    const launch = commandAgent.launch(REQUEST)
    expect(launch.argv).toEqual(['agent', '--flag', 'a b; $(c)'])
    expect(launch.promptOnStdin).toBe(true)
  })

  test('its environment is exactly the allow-list', () => {
    const inherited = {
      ...REQUEST.inherited,
      npm_config_x: '1',
      OPTIO_TOKEN: 's',
      DATABASE_URL: 's',
      HOME: '/root',
    }
    expect(commandAgent.launch({ ...REQUEST, inherited }).env).toEqual({
      PATH: '/bin',
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      USER: 'me',
      HOME: '/env/home',
      TMPDIR: '/env/tmp',
      OPTIO_TASK_ID: 'task',
      OPTIO_RUN_ID: 'run',
      OPTIO_ATTEMPT: '2',
      OPTIO_REASON: 'ci_failed',
      OPTIO_PROMPT_FILE: '/env/prompt',
      OPTIO_SESSION_ID: 'session-1',
    })
  })

  test('what is not there is not invented: no session and no inherited variables, no names for them', () => {
    const { env } = commandAgent.launch({ ...REQUEST, resumeSessionId: null, inherited: {} })
    expect(Object.keys(env).sort()).toEqual([
      'HOME',
      'OPTIO_ATTEMPT',
      'OPTIO_PROMPT_FILE',
      'OPTIO_REASON',
      'OPTIO_RUN_ID',
      'OPTIO_TASK_ID',
      'TMPDIR',
    ])
  })

  test.each([[null], [[]]])('agentCommand %j is refused with words on what to set', (agentCommand) => {
    expect(() => commandAgent.launch({ ...REQUEST, agentCommand })).toThrow(
      expect.objectContaining({
        code: 'AGENT_NOT_AVAILABLE',
        message: expect.stringContaining('agentCommand'),
      }),
    )
  })

  test('the registry knows it, and no other name', () => {
    expect(adapterFor('command')).toBe(commandAgent)
    expect(adapterFor('constructor')).toBeNull()
  })
})

describe('reading its stream', () => {
  test.each(LOG_TYPES)('a line of type %s is one entry with content and metadata', (logType) => {
    const line = JSON.stringify({ type: logType, content: 'ünï\n', metadata: { a: [1] }, other: 1 })
    expect(read(line)).toEqual([{ kind: 'entry', logType, content: 'ünï\n', metadata: { a: [1] } }])
  })

  test.each([
    ['plain words'],
    [''],
    ['{"type":"text","content":"torn'],
    ['{"type":"no_such_type","content":"x"}'],
    ['{"content":"no type"}'],
    ['{"type":7}'],
    ['[{"type":"text"}]'],
    ['null'],
    ['"text"'],
    ['{"type":"session"}'],
    ['{"type":"session","sessionId":{}}'],
    ['{"type":"result","summary":5}'],
    ['{"type":"__proto__"}'],
  ])('%j is text as it stands', (line) => {
    expect(read(line)).toEqual([{ kind: 'entry', logType: 'text', content: line, metadata: null }])
  })

  test.each([[5], ['words'], [[1, 2]], [null], [true]])('metadata %j is dropped without harm', (metadata) => {
    expect(read(JSON.stringify({ type: 'info', content: 'x', metadata }))).toEqual([
      { kind: 'entry', logType: 'info', content: 'x', metadata: null },
    ])
  })

  test('content that is no string is shown as it was written', () => {
    const line = '{"type":"tool_use","content":{"command":"ls"}}'
    expect(read(line)).toEqual([{ kind: 'entry', logType: 'tool_use', content: line, metadata: null }])
  })

  test('session and result are told', () => {
    expect(read('{"type":"session","sessionId":"s-1"}')).toEqual([{ kind: 'session', sessionId: 's-1' }])
    expect(read('{"type":"result","summary":"done"}')).toEqual([{ kind: 'result', summary: 'done' }])
  })

  test('a session id too long for an argument is refused in words', () => {
    const [item] = read(JSON.stringify({ type: 'session', sessionId: 'x'.repeat(5_000) }))
    expect(item).toMatchObject({ kind: 'entry', logType: 'error' })
  })

  test('any text whatsoever is read without throwing, into entries that are never merged', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.json(),
      typedMessage().map((m) => JSON.stringify(m)),
    )
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const perLine = lines.map((text) => read(text))
        for (const items of perLine) {
          expect(items.length).toBeGreaterThanOrEqual(1)
          expect(items.filter(({ kind }) => kind === 'entry').length).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('reading goes on from any stored state as if it had never stopped', () => {
    const line = fc.oneof(
      fc.string(),
      typedMessage().map((m) => JSON.stringify(m)),
    )
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.nat(), (lines, cutAt) => {
        const cut = cutAt % lines.length
        let state = commandAgent.initialState()
        const items: StreamItem[] = []
        for (const [index, text] of lines.entries()) {
          if (index === cut) state = JSON.parse(JSON.stringify(state))
          const answer = commandAgent.readLine(state, text, asItIs)
          state = answer.state
          items.push(...answer.items)
        }
        expect(items).toEqual(lines.flatMap((text) => read(text)))
      }),
    )
  })

  test('nesting deeper than any stack does no harm', () => {
    const deep = `{"type":"text","content":"x","metadata":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`
    expect(read(deep)).toHaveLength(1)
  })
})

describe('counting its usage', () => {
  test('cost is taken as a number or as a string, exactly', () => {
    for (const costUsd of [0.1, '0.1', '0.100000000']) {
      expect(usageOf({ inputTokens: 10, outputTokens: 5, costUsd, model: 'm' })).toEqual({
        inputTokens: 10,
        outputTokens: 5,
        costUsd: 100_000_000n,
        model: 'm',
        complaints: [],
      })
    }
  })

  test('tokens without a cost are estimated, and a report of nothing used costs nothing', () => {
    expect(costOf(usageOf({ inputTokens: 1, outputTokens: 1 }))).toEqual({ cost: 90_000n, estimated: true })
    expect(costOf(usageOf({ inputTokens: 0, outputTokens: 0 }))).toEqual({ cost: 0n, estimated: false })
  })

  test.each([[-1], ['-0.5'], ['NaN'], ['free'], ['1e400'], [1e300], ['9'.repeat(30)], [{}], [true]])(
    'a cost of %j is said to be wrong and counted as an estimate',
    (costUsd) => {
      const usage = usageOf({ inputTokens: 100, outputTokens: 0, costUsd })
      expect(usage.complaints).toHaveLength(1)
      expect(costOf(usage)).toEqual({ cost: 1_500_000n, estimated: true })
      const bare = usageOf({ costUsd })
      expect(costOf(bare).cost).toBeGreaterThan(0n)
    },
  )

  test.each<unknown[]>([[-5], ['many'], [1e12], [null], [[]]])(
    'tokens of %j without a cost count as an estimate, never as zero',
    (tokens) => {
      const usage = usageOf({ inputTokens: tokens, outputTokens: tokens })
      expect(usage.complaints).toHaveLength(1)
      expect(costOf(usage)).toMatchObject({ estimated: true })
    },
  )

  test('tokens that cannot be read do not change a cost that can', () => {
    const usage = usageOf({ inputTokens: -5, outputTokens: 'x', costUsd: '0.25' })
    expect(usage).toMatchObject({ inputTokens: 0, outputTokens: 0, costUsd: 250_000_000n })
    expect(usage.complaints).toHaveLength(1)
  })

  test('whatever is reported, tokens are whole and bounded, and cost is neither negative nor unknown', () => {
    const anything = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.jsonValue(), fc.constant(-0))
    fc.assert(
      fc.property(anything, anything, anything, anything, (inputTokens, outputTokens, costUsd, model) => {
        const usage = usageOf({ inputTokens, outputTokens, costUsd, model })
        for (const tokens of [usage.inputTokens, usage.outputTokens]) {
          expect(Number.isSafeInteger(tokens) && tokens >= 0 && tokens <= 1e9).toBe(true)
        }
        const { cost } = costOf(usage)
        expect(cost >= 0n && cost <= 10n ** 15n).toBe(true)
        if (usage.complaints.length > 0 && usage.costUsd === null) expect(cost).toBeGreaterThan(0n)
      }),
      { numRuns: 1_000 },
    )
  })
})

function typedMessage() {
  return fc.record(
    {
      type: fc.constantFrom(...LOG_TYPES, 'session', 'usage', 'result', 'other'),
      content: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
      metadata: fc.jsonValue(),
      sessionId: fc.jsonValue(),
      summary: fc.jsonValue(),
      inputTokens: fc.jsonValue(),
      outputTokens: fc.jsonValue(),
      costUsd: fc.jsonValue(),
    },
    { requiredKeys: ['type'] },
  )
}
