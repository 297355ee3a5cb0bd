import Anthropic from '@anthropic-ai/sdk'
import type { Message } from '@anthropic-ai/sdk/resources'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ModelApi, type ModelScript, promptWith, startModelApi } from '../src/index.ts'
import { clientOf, Dialogue, WRITE } from './support/messages.ts'

let api: ModelApi
let client: Anthropic

beforeAll(async () => {
  api = await startModelApi()
  client = clientOf(api.url)
})
afterAll(async () => {
  await api.close()
})

const dialogue = (script: ModelScript, words = 'Do it.') => new Dialogue(promptWith(words, script))
const ask = async (talk: Dialogue): Promise<Message> => await client.messages.create(talk.request)
const texts = ({ content }: Message) =>
  content.map((block) => {
    if (block.type === 'text') return block.text
    if (block.type === 'tool_use') return block.input
    return block.type
  })
const failure = async (talk: Dialogue) => {
  const error: unknown = await ask(talk).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Anthropic.APIError)) throw new Error(`no error of the API: ${String(error)}`)
  return error
}

describe('a conversation', () => {
  test('follows its script step by step, from the conversation alone', async () => {
    const talk = dialogue({ steps: [{ think: 'Hm.', say: 'I look.', run: 'ls' }, { say: 'Done.' }] })
    const first = await ask(talk)
    expect(texts(first)).toEqual([
      'thinking',
      'I look.',
      { command: 'ls', description: 'What the script says' },
    ])
    expect(first.stop_reason).toBe('tool_use')
    // The same question gets the same answer: nothing was remembered.
    expect(texts(await ask(talk))).toEqual(texts(first))
    const second = await ask(talk.take(first))
    expect(texts(second)).toEqual(['Done.'])
    expect(second.stop_reason).toBe('end_turn')
  })

  test('that goes on finds the steps of the turn its prompt is about', async () => {
    const talk = dialogue({
      turns: [
        {
          when: { prompt: 'checks? failed' },
          steps: [{ say: 'I mend it.', run: 'true' }, { say: 'Mended.' }],
        },
        { when: { turn: 1 }, steps: [{ say: 'First.' }] },
      ],
      steps: [{ say: 'Something else.' }],
    })
    talk.take(await ask(talk))
    const mending = await ask(talk.say('The checks failed: …'))
    expect(texts(mending)[0]).toBe('I mend it.')
    talk.take(await ask(talk.take(mending)))
    expect(texts(await ask(talk.say('Thank you.')))).toEqual(['Something else.'])
  })

  test('is not led by the words of the script in its own prompt', async () => {
    const script = {
      turns: [{ when: { prompt: 'secret word' }, steps: [{ say: 'Wrong.' }] }],
      steps: [{ say: 'Right.' }],
    }
    expect(texts(await ask(dialogue(script)))).toEqual(['Right.'])
    expect(texts(await ask(dialogue(script, 'The secret word.')))).toEqual(['Wrong.'])
  })

  test('hears what a person says while the agent works, the last of several', async () => {
    const talk = dialogue({
      turns: [{ when: { prompt: 'the other' }, steps: [{ say: 'Heard.' }] }],
      steps: [{ run: 'true' }, { say: 'Not heard.' }],
    })
    talk.take(await ask(talk))
    const meanwhile = ['Take this.', 'Take\nthe other.'].map(
      (words) =>
        `The user sent a new message while you were working:\n${words}\n\nIMPORTANT: After completing your current task, you MUST address it.`,
    )
    talk.messages.push({ role: 'system' as 'user', content: meanwhile.join('\n\n') })
    expect(texts(await ask(talk))).toEqual(['Heard.'])
  })

  test('gets a step as often as it says', async () => {
    const talk = dialogue({ steps: [{ run: 'true', times: 3 }, { say: 'Over.' }] })
    for (let n = 0; n < 3; n++) {
      const answer = await ask(talk)
      expect(answer.stop_reason).toBe('tool_use')
      talk.take(answer)
    }
    expect(texts(await ask(talk))).toEqual(['Over.'])
  })

  test('without a script writes a file, commits it and says that it is no AI', async () => {
    const talk = new Dialogue('Make the world better.')
    const first = await ask(talk)
    expect(JSON.stringify(texts(first))).toMatch(/no AI.*STAND-IN\.md/)
    expect(JSON.stringify(texts(await ask(talk.take(first))))).toMatch(/git add.*commit/)
  })

  test('a file is written by the tool there is for it, in the directory the agent works in, else by the shell', async () => {
    const script = { steps: [{ write: { path: 'a/b.txt', content: "it's" } }] }
    const withTool = await client.messages.create({
      ...dialogue(script).request,
      system: 'You are an agent.\n - Primary working directory: /home/somebody/a clone\n',
    })
    expect(texts(withTool)).toEqual([{ file_path: '/home/somebody/a clone/a/b.txt', content: "it's" }])
    const shell = dialogue(script)
    shell.tools.splice(shell.tools.indexOf(WRITE), 1)
    expect(texts(await ask(shell))[0]).toMatchObject({
      command: `mkdir -p "$(dirname 'a/b.txt')" && printf %s 'it'\\''s' > 'a/b.txt'`,
    })
  })

  test('a request without tools is one on the side: it is answered, and no step is used', async () => {
    const talk = dialogue({ id: 'aside', steps: [{ say: 'A step.' }] })
    const { tools: _, ...aside } = talk.request
    expect(texts(await client.messages.create(aside))).toEqual(['ok'])
    expect(api.requestsOf('aside').map(({ scene }) => scene?.aside)).toEqual([true])
  })
})

describe('a stream', () => {
  const script = {
    steps: [
      {
        think: 'Ein Gedanke 🤔 mit Zeichen '.repeat(4),
        say: 'Söme text\n\ndata: x\n'.repeat(9),
        run: 'echo "a\tb"\\',
      },
    ],
  }

  test('adds up to the same message that comes in one piece', async () => {
    const whole = await ask(dialogue(script))
    const streamed = await client.messages.stream(dialogue(script).request).finalMessage()
    const plain = ({ content, stop_reason, usage }: Message) =>
      JSON.parse(JSON.stringify({ content, stop_reason, usage }).replaceAll(/_standin\d+/g, '')) as unknown
    expect(plain(streamed)).toEqual(plain(whole))
  })

  test('is framed as server-sent events, each with its name, and ends with message_stop', async () => {
    const response = await fetch(`${api.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'x-api-key': 'a-key',
      },
      body: JSON.stringify({ ...dialogue(script).request, stream: true }),
    })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const frames = (await response.text()).split('\n\n')
    expect(frames.pop()).toBe('')
    const events = frames.map((frame) => {
      const [, event, data] = /^event: (\w+)\ndata: (.+)$/.exec(frame) ?? []
      expect(JSON.parse(data ?? '')).toMatchObject({ type: event })
      return event
    })
    expect(events[0]).toBe('message_start')
    expect(events.at(-2)).toBe('message_delta')
    expect(events.at(-1)).toBe('message_stop')
    expect(events.filter((event) => event === 'content_block_start')).toHaveLength(3)
    expect(events.filter((event) => event === 'content_block_delta').length).toBeGreaterThan(9)
  })

  test('is paced as its step says', async () => {
    const talk = dialogue({ steps: [{ say: 'x'.repeat(24 * 5), paceMs: 20 }] })
    const started = performance.now()
    await client.messages.stream(talk.request).finalMessage()
    expect(performance.now() - started).toBeGreaterThan(150)
  })

  test.each(['cut', 'error'] as const)(
    'that breaks (%s) leaves no whole message and no bill',
    async (breaks) => {
      const id = `breaks-${breaks}`
      const talk = dialogue({
        id,
        steps: [{ say: 'Half of this is told.'.repeat(9), breaks, times: 1 }, { say: 'Now.' }],
      })
      const stream = client.messages.stream(talk.request)
      let heard = ''
      stream.on('text', (text) => {
        heard += text
      })
      await expect(stream.finalMessage()).rejects.toThrow(breaks === 'error' ? /Overloaded/ : undefined)
      expect(heard).toMatch(/^Half of this/)
      expect(api.billOf(id)).toEqual({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 })
      expect(texts(await ask(talk))).toEqual(['Now.'])
      expect(api.requestsOf(id).map(({ ended }) => ended)).toEqual(['broken', 'whole'])
    },
  )

  test('that falls silent, and a request that is never answered, last until the agent leaves', async () => {
    for (const [id, step] of [
      ['silent', { say: 'Half of this is told.', breaks: 'hang' }],
      ['hang', { hang: true }],
    ] as const) {
      const patient = new Anthropic({ baseURL: api.url, apiKey: 'a-key', maxRetries: 0 })
      const leave = new AbortController()
      const stream = patient.messages.stream(dialogue({ id, steps: [step] }).request, {
        signal: leave.signal,
      })
      const heard = new Promise((resolve) => stream.once('streamEvent', resolve))
      await expect.poll(() => api.requestsOf(id).length).toBe(1)
      if (id === 'silent') await heard
      expect(api.requestsOf(id)[0]?.ended).toBeNull()
      leave.abort()
      await expect(stream.finalMessage()).rejects.toThrow()
      await expect.poll(() => api.requestsOf(id)[0]?.ended).toBe('left')
    }
  })
})

describe('a refusal', () => {
  test.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ])('%i is an error of type %s', async (status, type) => {
    const { status: seen, error } = await failure(dialogue({ steps: [{ refuse: status }] }))
    expect(seen).toBe(status)
    expect(error).toMatchObject({ type: 'error', error: { type } })
  })

  test('is repeated as often as it says, and then the script goes on', async () => {
    const talk = dialogue({
      steps: [{ refuse: 500, times: 2, message: 'in a bad mood' }, { say: 'Better.' }],
    })
    expect((await failure(talk)).message).toMatch(/in a bad mood/)
    await failure(talk)
    expect(texts(await ask(talk))).toEqual(['Better.'])
  })

  test('for a time says how long, in seconds and as a moment', async () => {
    const talk = dialogue({ steps: [{ refuse: 429, forMs: 90_000 }] })
    const { headers } = await failure(talk)
    expect(Number(headers?.get('retry-after'))).toBeGreaterThanOrEqual(85)
    expect(Number(headers?.get('retry-after'))).toBeLessThanOrEqual(90)
    const reset = Date.parse(headers?.get('anthropic-ratelimit-requests-reset') ?? '')
    expect(Math.abs(reset - Date.now() - 90_000)).toBeLessThan(5_000)
    expect(headers?.get('anthropic-ratelimit-requests-remaining')).toBe('0')
    const quota = dialogue({ steps: [{ refuse: 429, forMs: 90_000, quota: 'five_hour' }] })
    const { headers: subscribed } = await failure(quota)
    expect(subscribed?.get('anthropic-ratelimit-unified-representative-claim')).toBe('five_hour')
    expect(
      Math.abs(Number(subscribed?.get('anthropic-ratelimit-unified-reset')) * 1000 - reset),
    ).toBeLessThan(5_000)
  })

  test('for a time ends with that time', async () => {
    const talk = dialogue({ steps: [{ refuse: 429, forMs: 300 }, { say: 'Again.' }] })
    await failure(talk)
    await expect.poll(async () => texts(await ask(talk)).join(), { timeout: 30_000 }).toBe('Again.')
  })
})

describe('a request that the provider would refuse', () => {
  const call = { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} }
  const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: '' }
  const post = async (change: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${api.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'x-api-key': 'a-key',
        ...headers,
      },
      body: JSON.stringify({ ...new Dialogue('Hello').request, ...change }),
    })
    return { status: response.status, error: JSON.stringify(await response.json()) }
  }

  test.each([
    ['no model', { model: undefined }, /model: Field required/],
    ['no limit of tokens', { max_tokens: undefined }, /max_tokens/],
    ['no message', { messages: [] }, /messages/],
    ['an answer first', { messages: [{ role: 'assistant', content: 'Hi' }] }, /first message/],
    ['an empty text', { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }, /text: Field/],
    [
      'unknown content',
      { messages: [{ role: 'user', content: [{ type: 'smell' }] }] },
      /unexpected value “smell”/,
    ],
    [
      'a call without its result',
      {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: [call] },
          { role: 'user', content: 'Go on' },
        ],
      },
      /without `tool_result` blocks: toolu_1/,
    ],
    [
      'a result without its call',
      { messages: [{ role: 'user', content: [result] }] },
      /unexpected `tool_use_id` found in `tool_result` blocks: toolu_1/,
    ],
    ['a tool without schema', { tools: [{ name: 'Bash' }] }, /tools\.0\.input_schema/],
    [
      'a script that is none',
      { messages: [{ role: 'user', content: promptWith('', { steps: [{ dance: 1 }] } as never) }] },
      /“dance”/,
    ],
  ])('%s', async (_, change, words) => {
    const { status, error } = await post(change)
    expect(error).toMatch(words)
    expect(status).toBe(400)
  })

  test('one without a credential or version', async () => {
    expect((await post({}, { 'x-api-key': '' })).status).toBe(401)
    expect((await post({})).status).toBe(200)
    expect(api.requests.slice(-2).map(({ credential }) => credential)).toEqual([null, 'api-key'])
    expect(await post({}, { 'anthropic-version': '' })).toMatchObject({ status: 400 })
  })

  test('one with another credential than the one that is wanted', async () => {
    const strict = await startModelApi({ credential: 'the-right-one' })
    try {
      const wrong = clientOf(strict.url).messages.create(new Dialogue('Hello').request)
      await expect(wrong).rejects.toMatchObject({ status: 401 })
      const right = new Anthropic({
        baseURL: strict.url,
        apiKey: null,
        authToken: 'the-right-one',
        maxRetries: 0,
      })
      await expect(right.messages.create(new Dialogue('Hello').request)).resolves.toMatchObject({
        type: 'message',
      })
      expect(strict.requests.map(({ status }) => status)).toEqual([401, 200])
    } finally {
      await strict.close()
    }
  })
})

describe('the record', () => {
  test('has every request with its place in the conversation, and no credential', async () => {
    const talk = dialogue({ id: 'recorded', steps: [{ run: 'true' }, { say: 'Done.' }] }, 'Look around.')
    talk.take(await ask(talk))
    await ask(talk)
    const recorded = api.requestsOf('recorded')
    expect(recorded.map(({ scene }) => [scene?.turn, scene?.answers])).toEqual([
      [1, 0],
      [1, 1],
    ])
    expect(recorded[0]).toMatchObject({
      method: 'POST',
      path: '/v1/messages',
      credential: 'bearer',
      status: 200,
      ended: 'whole',
    })
    expect(recorded[0]?.scene?.prompt.trim()).toBe('Look around.')
    expect(JSON.stringify(api.requests)).not.toContain('a-key')
  })

  test('tells what was billed: what the scripts say, and nothing else', async () => {
    const talk = dialogue({
      id: 'billed',
      usage: { input: 10 },
      steps: [{ refuse: 500, times: 1 }, { run: 'true', usage: { output: 7 } }, { say: 'Done.' }],
    })
    await failure(talk)
    const first = await ask(talk)
    expect(first.usage).toMatchObject({ input_tokens: 10, output_tokens: 7, cache_read_input_tokens: 2_000 })
    await ask(talk.take(first))
    expect(api.billOf('billed')).toEqual({ input: 20, output: 57, cacheRead: 4_000, cacheWrite: 600 })
  })
})

test('tokens are counted, models listed, and what nobody speaks is not found', async () => {
  const { model, messages } = new Dialogue('Hello').request
  const { input_tokens: counted } = await client.messages.countTokens({ model, messages })
  expect(counted).toBeGreaterThan(0)
  expect((await client.messages.countTokens({ model, messages })).input_tokens).toBe(counted)
  const { data } = await client.models.list()
  expect(data.map(({ id }) => id)).toContain('claude-opus-4-8')
  expect((await fetch(`${api.url}/v2/nothing`)).status).toBe(404)
})
