import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AgentAdapter, commandAgent, type ParserState, type Redact } from '@optio/agents'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EngineContext } from '../../src/engine/context.ts'
import type { RunRef } from '../../src/engine/engine.ts'
import { EnginePlace, type Hand, until } from './support/engine-place.ts'

let place: EnginePlace

beforeAll(async () => {
  place = await EnginePlace.make()
})
afterAll(() => place.close())

/** Says what it hears. On `work` it begins something, on `rest` it is done with it; ends when its input does. */
const LISTENER = [
  'sh',
  '-c',
  `while IFS= read -r line; do echo "heard $line"; case $line in *work) echo begins ;; *) echo done ;; esac; done; echo over`,
]

/** A program of one's own that can be spoken to: one line a message, and its stream says what it heard and that it is done. */
const listener: AgentAdapter = {
  ...commandAgent,
  readLine(state, line, redact) {
    const { state: _, items } = commandAgent.readLine({}, line, redact)
    const heard = Number(state.heard ?? 0) + (line.startsWith('heard ') ? 1 : 0)
    return {
      state: { heard, concluded: line === 'begins' ? false : line === 'done' || state.concluded },
      items,
    }
  },
  conclude: () => null,
  conversation: {
    linesFor: ({ content, mode }) => [
      ...(mode === 'interrupt' ? ['stop'] : []),
      content.includes('\n') ? 'work' : content,
    ],
    standing: ({ heard, concluded }) => ({ heard: Number(heard ?? 0), concluded: concluded === true }),
  },
}

async function start(change: (context: EngineContext) => Partial<EngineContext> = () => ({})): Promise<Hand> {
  return await place.start({}, (context) => ({ ...context, adapter: () => listener, ...change(context) }))
}

/** A run whose agent works, which goes on until it is told to rest. */
async function working(hand: Hand): Promise<RunRef> {
  const repository = await place.repository({ agentCommand: LISTENER })
  const run = await place.createRun(hand.commands, repository, { prompt: 'work' })
  await until('it works', async () => (await said(run)).includes('begins'))
  return run
}

let sent = 0
async function say(hand: Hand, run: RunRef, content: string, mode: 'soft' | 'interrupt' = 'soft') {
  sent += 1
  const id = `00000000-0000-4000-8000-${String(sent).padStart(12, '0')}`
  await hand.commands.sendMessage(run, { id, content, mode }, 'ann')
  return id
}

async function said(run: RunRef): Promise<string[]> {
  const rows = await place.rows<{ content: string }>(
    `select content from log_entries where run_id = $1 and stream = 'stdout' order by seq`,
    run.runId,
  )
  return rows.map(({ content }) => content)
}

const states = async (run: RunRef) =>
  (
    await place.rows<{ state: string }>(
      'select state from task_messages where run_id = $1 order by number',
      run.runId,
    )
  ).map(({ state }) => state)

const ended = async (run: RunRef) => await place.reaches(run, 'needs_attention')

test('an agent hears each message once, in order, and its input ends when it has nothing more to do', async () => {
  const hand = await start()
  const run = await working(hand)
  for (const words of ['one work', 'two work', 'three work']) await say(hand, run, words)
  await until('the third is heard', async () => (await said(run)).includes('heard three work'))
  expect(await hand.commands.whyNoMessage(run)).toBeNull()
  await say(hand, run, 'rest', 'interrupt')
  await ended(run)
  const [first, ...rest] = (await said(run)).filter((line) => /^(heard|over)/.test(line))
  expect(first).toMatch(/^heard .*work$/)
  expect(rest).toEqual([
    'heard one work',
    'heard two work',
    'heard three work',
    'heard stop',
    'heard rest',
    'over',
  ])
  expect(await states(run)).toEqual(Array(4).fill('delivered'))
  const [attempt] = await place.rows<{ state: string; input_closed_at: Date | null }>(
    'select state, input_closed_at from attempts where run_id = $1',
    run.runId,
  )
  expect(attempt).toMatchObject({ state: 'succeeded', input_closed_at: expect.any(Date) })
  await expect(say(hand, run, 'late')).rejects.toMatchObject({ code: 'INVALID_TRANSITION' })
  await hand.engine.stop()
})

test('a message that was written when its transaction was lost is written no second time', async () => {
  let lost = 0
  const hand = await start(({ engineLog }) => ({
    engineLog: {
      ...engineLog,
      // After the input, before the commit.
      append: async (tx, run, attempt, words) => {
        if (words.some(({ content }) => content.includes('says: twice')) && lost++ < 2)
          throw new Error('lost')
        await engineLog.append(tx, run, attempt, words)
      },
    },
  }))
  const run = await working(hand)
  await say(hand, run, 'twice work')
  await until('it is delivered', async () => (await states(run)).includes('delivered'))
  expect(lost).toBe(3)
  await say(hand, run, 'rest')
  await ended(run)
  expect((await said(run)).filter((line) => line.includes('twice'))).toEqual(['heard twice work'])
  const log = await place.rows(
    'select 1 from log_entries where run_id = $1 and content = $2',
    run.runId,
    'ann says: twice work',
  )
  expect(log).toHaveLength(1)
  await hand.engine.stop()
})

test('an input that was closed by a process that died just then is ended by whoever adopts the attempt', async () => {
  let ends = 0
  const dies = await start(({ runtime }) => ({
    runtime: {
      ...runtime,
      endInput: async () => {
        ends += 1
        throw new Error('killed')
      },
    },
  }))
  const run = await working(dies)
  await say(dies, run, 'rest')
  await until('it closes the input', async () => ends > 0)
  await expect(say(dies, run, 'late')).rejects.toMatchObject({ code: 'MESSAGES_NOT_TAKEN' })
  await dies.engine.stop()
  const heir = await start()
  await ended(run)
  expect((await said(run)).at(-1)).toBe('over')
  await heir.engine.stop()
})

test('an agent that does not say that it heard a message, and says nothing more, is not waited for', async () => {
  const forgetful = {
    ...listener,
    readLine: (state: ParserState, line: string, redact: Redact) => {
      const read = listener.readLine(state, line, redact)
      return { ...read, state: { ...read.state, heard: 1 } }
    },
  }
  const hand = await start(() => ({ adapter: () => forgetful }))
  const run = await working(hand)
  await say(hand, run, 'rest')
  await ended(run)
  expect((await said(run)).at(-1)).toBe('over')
  await hand.engine.stop()
})

test('what an agent had not heard when it was stopped is undelivered, and says so in the log', async () => {
  const hand = await start(({ runtime }) => ({ runtime: { ...runtime, appendInput: async () => true } }))
  const run = await working(hand)
  await say(hand, run, 'into the void')
  await until('it is given to the runtime', async () => (await states(run)).includes('delivered'))
  await hand.commands.cancel(run, 'ann')
  expect(await states(run)).toEqual(['undelivered'])
  const [entry] = await place.rows<{ content: string }>(
    `select content from log_entries where run_id = $1 and content like '%before it heard%'`,
    run.runId,
  )
  expect(entry?.content).toBe('The agent ended before it heard what ann said: into the void')
  await hand.engine.stop()
})

test('a credential in a message is neither stored nor told nor logged', async () => {
  const hand = await start(({ agentAccess }) => ({
    agentAccess: { ...agentAccess, redact: (text: string) => text.replaceAll('the-key', '[redacted]') },
  }))
  const run = await working(hand)
  await say(hand, run, 'use the-key and rest')
  await ended(run)
  for (const table of ['task_messages', 'log_entries', 'events']) {
    const found = await place.rows(`select 1 from ${table} t where t::text like '%the-key%'`)
    expect(found).toEqual([])
  }
  const input = join(hand.context.workspaces.paths(run.runId).stepDir(1, 'agent'), 'ctl', 'in')
  expect(await readFile(input, 'utf8')).toContain('use [redacted] and rest')
  await hand.engine.stop()
})
