import { once } from 'node:events'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { connectClient } from '../src/api.ts'
import type { Cli } from '../src/cli.ts'
import { backup } from '../src/local/backup.ts'
import { add as addComment } from '../src/task/comment.ts'
import { followLog } from '../src/task/follow.ts'
import { logs } from '../src/task/logs.ts'
import { send as sendMessage } from '../src/task/message.ts'
import { show } from '../src/task/show.ts'
import { chooseColors } from '../src/terminal/colors.ts'
import { throughPager } from '../src/terminal/pager.ts'

const TASK = '01900000-0000-7000-8000-000000000001'

let directory: string
let server: Server | null
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optio-cli-'))
  server = null
})
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)))
  await rm(directory, { recursive: true, force: true })
})

/** A server that answers like this; its address. */
async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function cliFor(url: string, signal: AbortSignal, env: Record<string, string> = {}) {
  const said = { out: '', err: '' }
  const outlet = (name: 'out' | 'err') => ({
    isTerminal: true,
    columns: 80,
    write: async (text: string) => {
      said[name] += text
    },
  })
  const cli: Cli = {
    env: { OPTIO_DATA_DIR: join(directory, 'data'), ...env },
    cwd: directory,
    out: outlet('out'),
    err: outlet('err'),
    stdin: process.stdin,
    json: false,
    colors: chooseColors({}, false),
    signal,
    url: async () => url,
    client: async () => connectClient(url, signal),
  }
  return { cli, said }
}

it('a backup that is interrupted while it waits for agents lets them be started again', async () => {
  const interrupted = new AbortController()
  const asked: string[] = []
  let paused = false
  const url = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.url === '/api/system/pause') paused = true
    if (request.url === '/api/system/unpause') paused = false
    const since = { since: '2030-01-01T00:00:00.000Z', by: 'local', reason: null }
    const system = { version: '1', paused: paused ? since : null, maxConcurrent: 1, running: 1, processes: 1 }
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ system }))
    // In the middle of its waiting.
    if (asked.length === 3) setTimeout(() => interrupted.abort(), 20)
  })
  const { cli } = cliFor(url, interrupted.signal)
  await expect(backup(cli, 'copy.tgz', { pause: true })).rejects.toMatchObject({ code: 'INTERRUPTED' })
  expect(asked).toContain('POST /api/system/pause')
  expect(paused).toBe(false)
})

it('the last so many entries of a search are found, in however many parts they come', async () => {
  // Of 20 entries every fourth is found, and an answer speaks about three entries at a time.
  const url = await serve((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams
    const limit = Number(query.get('limit'))
    const backwards = query.has('before')
    const from = backwards ? Math.min(20, Number(query.get('before')) - 1) : Number(query.get('after')) + 1
    const seqs = [0, 1, 2].map((step) => (backwards ? from - step : from + step))
    const found = seqs.filter((seq) => seq >= 1 && seq <= 20 && seq % 4 === 0).slice(0, limit)
    if (backwards) found.reverse()
    const hasMore = backwards ? from - 2 > 1 : from + 2 < 20
    const entry = (seq: number) => ({
      id: `${TASK}:${seq}`,
      taskId: TASK,
      seq,
      attempt: 1,
      stream: 'stdout',
      logType: 'text',
      content: `entry ${seq}`,
      metadata: null,
      timestamp: '2030-01-01T00:00:00.000Z',
    })
    const nextCursor = hasMore ? String(backwards ? from - 2 : from + 2) : null
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ logs: found.map(entry), hasMore, nextCursor, lastSeq: 20 }))
  })
  const { cli, said } = cliFor(url, new AbortController().signal)
  await logs(cli, TASK, { search: 'entry', limit: 2 })
  expect(said.out.match(/entry \d+/g)).toEqual(['entry 16', 'entry 20'])
})

it('a log that breaks off while it is exported is not taken for all of it, and nothing in it steers the terminal', async () => {
  const url = await serve((_, response) => {
    response.write('the beginning \u001b[2J\n')
    setTimeout(() => response.destroy(), 50)
  })
  const { cli, said } = cliFor(url, new AbortController().signal)
  await expect(logs(cli, TASK, { export: 'plaintext' })).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
  expect(said.out).toBe('the beginning \\u{1b}[2J\n')
})

it('a server that lets readers in only to hang up is not asked ten times a second', async () => {
  const interrupted = new AbortController()
  let connections = 0
  const url = await serve((_, response) => response.end('{}'))
  const sockets = new WebSocketServer({ server: server as Server })
  sockets.on('connection', (socket) => {
    connections += 1
    socket.close(1011)
  })
  const lines: string[] = []
  const following = followLog({
    url,
    taskId: TASK,
    after: 0,
    signal: interrupted.signal,
    isFinished: async () => false,
    entry: async () => undefined,
    say: async (line) => {
      lines.push(line)
    },
  })
  setTimeout(() => interrupted.abort(), 1_200)
  await expect(following).rejects.toMatchObject({ code: 'INTERRUPTED' })
  sockets.close()
  // After 100 ms, 400 ms, 1.4 s.
  expect(connections).toBeLessThanOrEqual(4)
  expect(lines).toHaveLength(1)
})

it('a pager is left to its reader also when what it shows breaks off', async () => {
  const script = join(directory, 'pager.mjs')
  const seen = join(directory, 'seen')
  await writeFile(
    script,
    `import { writeFileSync } from 'node:fs'
     process.stdin.on('data', () => {}).on('end', () => setTimeout(() => writeFileSync(${JSON.stringify(seen)}, ''), 100))`,
  )
  const { cli } = cliFor('http://localhost', new AbortController().signal, {
    PAGER: `${process.execPath} ${script}`,
  })
  const listeners = process.listenerCount('SIGINT')
  const shown = throughPager(cli, async (write) => {
    await write('the beginning\n')
    expect(process.listenerCount('SIGINT')).toBe(listeners + 1)
    throw new Error('broke off')
  })
  await expect(shown).rejects.toThrow('broke off')
  await access(seen)
  expect(process.listenerCount('SIGINT')).toBe(listeners)
})

const COMMENT = {
  comment: {
    id: TASK,
    taskId: TASK,
    author: 'local',
    content: 'x',
    createdAt: '2030-01-01T00:00:00.000Z',
    updatedAt: '2030-01-01T00:00:00.000Z',
  },
}

it('what creates something is sent again with the same key when the connection breaks off before the answer', async () => {
  const keys: (string | string[] | undefined)[] = []
  const url = await serve((request, response) => {
    keys.push(request.headers['idempotency-key'])
    // Before anything is answered, in the middle of the answer, and while it is being started again.
    if (keys.length === 1) return request.socket.destroy()
    if (keys.length === 2) {
      response
        .writeHead(201, { 'content-type': 'application/json', 'content-length': '100' })
        .write('{"comment"')
      return void setTimeout(() => request.socket.destroy(), 20)
    }
    if (keys.length === 3) {
      return response.writeHead(503).end(JSON.stringify({ error: 'Not yet.', code: 'UNAVAILABLE' }))
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(COMMENT))
  })
  const { cli, said } = cliFor(url, new AbortController().signal)
  await addComment(cli, TASK, ['x'])
  expect(said.err).toContain('is there for people')
  expect(keys).toHaveLength(4)
  expect(new Set(keys)).toEqual(new Set([expect.stringMatching(/^[0-9a-f-]{36}$/)]))
})

it('a refusal is not repeated, and neither is what creates nothing', async () => {
  const asked: string[] = []
  const url = await serve((request, response) => {
    asked.push(
      `${request.method} ${request.headers['idempotency-key'] === undefined ? 'plain' : 'with a key'}`,
    )
    if (request.method === 'GET') return request.socket.destroy()
    response.writeHead(503).end(JSON.stringify({ error: 'The disk is full.', code: 'DISK_FULL' }))
  })
  const { cli } = cliFor(url, new AbortController().signal)
  await expect(addComment(cli, TASK, ['x'])).rejects.toMatchObject({ code: 'DISK_FULL' })
  await expect(show(cli, TASK)).rejects.toMatchObject({ code: 'CONNECTION_LOST', exitCode: 5 })
  expect(asked).toEqual(['POST with a key', 'GET plain'])
})

it('an interrupted repeat ends at once, and a key that was given is the one that is sent', async () => {
  const interrupted = new AbortController()
  const keys: unknown[] = []
  const url = await serve((request) => {
    keys.push(request.headers['idempotency-key'])
    request.socket.destroy()
    if (keys.length === 2) interrupted.abort()
  })
  const { cli } = cliFor(url, interrupted.signal)
  const own: Cli = { ...cli, client: async () => connectClient(url, interrupted.signal, 'mine') }
  const began = Date.now()
  await expect(addComment(own, TASK, ['x'])).rejects.toMatchObject({ exitCode: 130 })
  expect(Date.now() - began).toBeLessThan(5_000)
  expect(keys).toEqual(['mine', 'mine'])
})

it('a message says how it is to be delivered', async () => {
  const bodies: unknown[] = []
  const url = await serve(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    bodies.push(JSON.parse(body))
    const message = { ...COMMENT.comment, mode: 'soft', state: 'pending', deliveredAt: null }
    response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
  })
  const { cli, said } = cliFor(url, new AbortController().signal)
  await sendMessage(cli, TASK, ['Mind', 'the', 'tests'], {})
  await sendMessage(cli, TASK, ['Stop'], { interrupt: true })
  expect(bodies).toEqual([
    { content: 'Mind the tests', mode: 'soft' },
    { content: 'Stop', mode: 'interrupt' },
  ])
  expect(said.err).toMatch(/before its next turn[\s\S]+interrupted/)
})

it('shows what a review came to, and nothing in it steers the terminal', async () => {
  const task = {
    ...{
      id: TASK,
      type: 'repo-task',
      taskType: 'review',
      title: 'Review: x',
      prompt: 'x',
      state: 'completed',
    },
    ...{
      params: { who: 'me' },
      output: null,
      resultSummary: null,
      costUsd: '0',
      budgetUsd: null,
      prNumber: null,
    },
    ...{ priority: 100, createdAt: '2030-01-01T00:00:00.000Z', createdBy: 'local', agentType: 'command' },
    reviewedSha: 'a'.repeat(40),
    verdict: {
      verdict: 'request_changes',
      summary: 'Not yet\u001b[2J',
      comments: [
        { path: 'src/a.ts', line: 12, body: 'Add a test' },
        { path: 'b.ts', line: null, body: 'Odd' },
      ],
    },
  }
  const pipelineProgress = {
    ...{ totalSteps: 2, completedSteps: 1, failedSteps: 0, runningSteps: 1 },
    steps: [
      { id: TASK, title: 'First', state: 'completed' },
      { id: TASK, title: 'Second', state: 'running' },
    ],
  }
  const detail = { task, explanation: null, pendingReason: null, pipelineProgress, stallInfo: null }
  const url = await serve((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(detail))
  })
  const { cli, said } = cliFor(url, new AbortController().signal)
  await show(cli, TASK)
  expect(said.out).toMatch(/kind +review/)
  expect(said.out).toMatch(
    /request_changes of a{40}\n +Not yet\\u\{1b\}\[2J\n +src\/a\.ts:12: Add a test\n +b\.ts: Odd/,
  )
  expect(said.out).toMatch(/1 of 2 completed\n +1\. completed: First\n +2\. running: Second/)
  expect(said.out).toMatch(/parameters +\{\n +"who": "me"/)
})
