import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type AgentScript, type AgentStep, scriptedAgentCommand } from '../src/index.ts'

const root = mkdtempSync(join(tmpdir(), 'optio-scripted-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(root, 'clone-'))
})

interface Given {
  readonly prompt?: string
  readonly env?: Record<string, string>
  readonly file?: boolean
}

function start(
  script: AgentScript | readonly AgentStep[],
  { prompt = '', env = {}, file = true }: Given = {},
) {
  const scriptFile = join(root, 'script.json')
  if (file) writeFileSync(scriptFile, JSON.stringify(script))
  const [command = '', ...args] = scriptedAgentCommand(file ? scriptFile : undefined)
  const child = spawn(command, args, {
    cwd: dir,
    env: { PATH: process.env.PATH, HOME: join(dir, 'home'), ...env },
  })
  const output = { out: '', err: '', bytes: Buffer.alloc(0) }
  child.stdout.on('data', (data: Buffer) => {
    output.bytes = Buffer.concat([output.bytes, data])
    output.out += data
  })
  child.stderr.on('data', (data: Buffer) => {
    output.err += data
  })
  child.stdin.end(prompt)
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
    ...output,
    lines: output.out.split('\n').slice(1, -1),
  }))
  return { child, output, ended }
}

const run = (script: AgentScript | readonly AgentStep[], given?: Given) => start(script, given).ended

test('it says that it is no AI, first of all', async () => {
  const { out, code } = await run([])
  expect(JSON.parse(out)).toMatchObject({ type: 'system', content: expect.stringContaining('no AI') })
  expect(code).toBe(0)
})

test('what it says has the form of the wire', async () => {
  const { lines, err } = await run([
    { say: 'plain' },
    { thinking: 'hm' },
    { info: { content: 'x', metadata: { a: 1 } } },
    { tool: { name: 'bash', input: { command: 'ls' }, output: 'README' } },
    { usage: { inputTokens: 1, costUsd: '0.5' } },
    { session: 's-1' },
    { result: 'done' },
    { stderr: 'careful' },
    { repeat: { times: 2, steps: [{ say: 'line {n}' }] } },
    { partial: 'no end' },
    { say: '' },
  ])
  expect(lines[0]).toBe('plain')
  expect(lines.slice(1, 8).map((line) => JSON.parse(line))).toEqual([
    { type: 'thinking', content: 'hm' },
    { type: 'info', content: 'x', metadata: { a: 1 } },
    expect.objectContaining({ type: 'tool_use' }),
    expect.objectContaining({ type: 'tool_result', content: 'README' }),
    { type: 'usage', inputTokens: 1, costUsd: '0.5' },
    { type: 'session', sessionId: 's-1' },
    { type: 'result', summary: 'done' },
  ])
  expect(lines.slice(8)).toEqual(['line 1', 'line 2', 'no end'])
  expect(err).toBe('careful\n')
})

test('attempts are told apart by number and reason; the script of the first prompt serves the later ones', async () => {
  const script: AgentScript = {
    attempts: [
      { when: { attempt: 1 }, steps: [{ say: 'wrong' }, { exit: 3 }] },
      { when: { reason: ['ci_failed', 'review'] }, steps: [{ say: 'right' }] },
    ],
    steps: [{ say: 'other' }],
  }
  const prompt = `Please.\n\`\`\`optio-script\n${JSON.stringify(script)}\n\`\`\`\nThanks.\n`
  const first = await run([], { file: false, prompt, env: { OPTIO_ATTEMPT: '1', OPTIO_REASON: 'first' } })
  expect([first.lines, first.code]).toEqual([['wrong'], 3])
  const again = { file: false, prompt: 'The checks failed.' }
  const second = await run([], { ...again, env: { OPTIO_ATTEMPT: '2', OPTIO_REASON: 'ci_failed' } })
  expect([second.lines, second.code]).toEqual([['right'], 0])
  const third = await run([], { ...again, env: { OPTIO_ATTEMPT: '3', OPTIO_REASON: 'conflict' } })
  expect(third.lines).toEqual(['other'])
})

test('it goes on with the session it is told', async () => {
  const { lines } = await run([{ session: true }], { env: { OPTIO_SESSION_ID: 'before' } })
  expect(JSON.parse(lines[0] ?? '')).toEqual({ type: 'session', sessionId: 'before' })
})

test('it writes and commits in its clone', async () => {
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', dir])
  const { code, err } = await run([{ write: { path: 'a/b.txt', content: 'hello\n' } }, { commit: 'Add b' }])
  expect([code, err]).toEqual([0, ''])
  expect(
    execFileSync('git', ['-C', dir, 'log', '--format=%an %s', '--name-only'], { encoding: 'utf8' }),
  ).toBe('Scripted agent Add b\n\na/b.txt\n')
})

test('floods and binary output come complete', async () => {
  const flood = await run([{ flood: { lines: 5_000, length: 100 } }])
  expect(flood.lines).toHaveLength(5_000)
  expect(flood.lines[4_999]).toMatch(/^5000 x{95}$/)
  const binary = await run([{ binary: { bytes: 10_000, seed: 7 } }])
  expect(binary.bytes.length - binary.bytes.indexOf(10) - 1).toBe(10_000)
})

test('it waits for a file, and ends by a signal that it does not ignore', async () => {
  const waiting = start([{ waitFor: 'go' }, { say: 'gone' }])
  writeFileSync(join(dir, 'go'), '')
  expect((await waiting.ended).lines).toEqual(['gone'])

  const stubborn = start([{ ignoreTerm: true }, { say: 'ready' }, { hang: true }])
  while (!stubborn.output.out.includes('ready')) await new Promise((resolve) => setTimeout(resolve, 5))
  stubborn.child.kill('SIGTERM')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(stubborn.child.exitCode ?? stubborn.child.signalCode).toBeNull()
  stubborn.child.kill('SIGKILL')
  expect((await stubborn.ended).signal).toBe('SIGKILL')
})

test('the children it scatters live on in sessions of their own', async () => {
  const mark = `OPTIO_MARK_${process.pid}`
  await run([{ scatter: { count: 6, seconds: 20 } }], { env: { [mark]: '1' } })
  const marked = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)
      } catch {
        return false
      }
    })
  // The shells in between end by themselves.
  const end = performance.now() + 5_000
  while (marked().length > 6 && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 20))
  const left = marked()
  for (const pid of left) process.kill(Number(pid), 'SIGKILL')
  expect(left.length).toBe(6)
})

test.each([
  ['no JSON', '{', 64],
  ['an unknown step', '[{"dance": true}]', 64],
  ['nothing at all', 'Fix the bug, please.', 64],
])('%s is said on standard error', async (_, prompt, status) => {
  const { code, err } = await run([], { file: false, prompt })
  expect(code).toBe(status)
  expect(err).toMatch(/^scripted-agent: /)
})

test('a step that fails ends it with 1', async () => {
  const { code, err } = await run([{ exec: ['false'] }, { say: 'never' }])
  expect(code).toBe(1)
  expect(err).toContain('scripted-agent: ')
})
