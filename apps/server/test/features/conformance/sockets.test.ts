import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { engineLog } from '../../../src/features/logs/engine-log.ts'
import { type Served, serve } from './support.ts'

let served: Served
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served?.close())

type Frame = Record<string, unknown>

interface Reader {
  readonly frames: Frame[]
  /** The first frame that fits, now or within ten seconds. */
  first(fits: (frame: Frame) => boolean): Promise<Frame>
  close(): Promise<void>
}

async function connect(path: string): Promise<Reader> {
  const socket = new WebSocket(served.optio.url.replace('http', 'ws') + path)
  const frames: Frame[] = []
  socket.on('message', (data) => void frames.push(JSON.parse(String(data)) as Frame))
  await once(socket, 'open')
  return {
    frames,
    async first(fits) {
      await expect.poll(() => frames.some(fits), { timeout: 30_000 }).toBe(true)
      return frames.find(fits) ?? {}
    },
    async close() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** How a socket that is let in ends by itself. */
async function closing(path: string): Promise<number> {
  const socket = new WebSocket(served.optio.url.replace('http', 'ws') + path)
  const [code] = (await once(socket, 'close')) as [number]
  return code
}

/** The status with which the upgrade to a socket is refused. */
async function refusal(path: string): Promise<number | undefined> {
  const socket = new WebSocket(served.optio.url.replace('http', 'ws') + path)
  socket.on('error', () => undefined)
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode?: number; resume(): void },
  ]
  response.resume()
  socket.terminate()
  return response.statusCode
}

const NOTHING = '0199f000-2000-7000-8000-00000000ffff'

async function say(id: string, words: readonly string[]): Promise<void> {
  const { database } = served.optio
  const workspaceId = served.world.repos[0]?.workspaceId ?? ''
  await database.transaction((tx) =>
    engineLog.append(
      tx,
      { id, workspaceId },
      1,
      words.map((content) => ({ logType: 'info', content })),
    ),
  )
}

describe('/ws/logs/:taskId', () => {
  it.each([
    ['a repo-task', 0],
    ['a run of a standalone task', 1],
  ] as const)(
    'tells the log of %s, what is stored and what comes, after the seq that is named',
    async (_, kind) => {
      const { tasks, runs } = served.world
      const id = (kind === 0 ? tasks[3] : runs[0]?.[1]) ?? ''
      await say(id, ['one', 'two', 'three'])
      const all = await connect(`/ws/logs/${id}`)
      const three = await all.first(({ content }) => content === 'three')
      expect(three).toEqual({
        ...{ type: 'task:log', taskId: id, seq: expect.any(Number), attempt: 1 },
        ...{ stream: expect.any(String), logType: 'info', content: 'three', metadata: null },
        timestamp: expect.stringMatching(/Z$/),
      })
      const later = await connect(`/ws/logs/${id}?after=${Number(three.seq) - 1}`)
      await say(id, ['four'])
      for (const reader of [all, later]) await reader.first(({ content }) => content === 'four')
      const seqs = ({ frames }: Reader) =>
        frames.flatMap(({ type, seq }) => (type === 'task:log' ? [seq] : []))
      expect(seqs(all)).toEqual(Array.from({ length: Number(three.seq) + 1 }, (_each, at) => at + 1))
      expect(seqs(later)).toEqual([three.seq, Number(three.seq) + 1])
      const batches = await connect(`/ws/logs/${id}?batch=1`)
      const batch = await batches.first(({ type }) => type === 'task:logs')
      expect(batch).toMatchObject({ taskId: id, entries: expect.any(Array) })
      await served.send('POST', `/api/tasks/${id}/cancel`)
      const changed = await all.first(({ toState }) => toState === 'cancelled')
      expect(changed).toMatchObject({
        ...{ type: 'task:state_changed', taskId: id, fromState: expect.any(String), at: expect.any(String) },
      })
      await Promise.all([all, later, batches].map((reader) => reader.close()))
    },
  )

  it('closes with 4404 for what is not there, and refuses what is malformed', async () => {
    expect(await closing(`/ws/logs/${NOTHING}`)).toBe(4404)
    // Definitions have no log; their runs have.
    expect(await closing(`/ws/logs/${served.world.standalones[0]}`)).toBe(4404)
    for (const path of ['/ws/logs/x', `/ws/logs/${NOTHING}?after=x`, `/ws/logs/${NOTHING}?after=-1`]) {
      expect([path, await refusal(path)]).toEqual([path, 400])
    }
    expect(await refusal('/ws/nothing')).toBe(404)
  })
})

describe('/ws/events', () => {
  it('tells what happens in the workspace, and goes on after the id that is named', async () => {
    const reader = await connect('/ws/events')
    const repoUrl = served.world.repos[0]?.repoUrl
    const { body } = await served.send('POST', '/api/tasks', { prompt: 'x', repoUrl })
    const { id } = body.task as { id: string }
    const created = await reader.first(({ type, taskId }) => type === 'task:created' && taskId === id)
    expect(created).toMatchObject({
      id: expect.anything(),
      at: expect.any(String),
      workspaceId: expect.any(String),
    })
    await served.send('POST', `/api/tasks/${id}/comments`, { content: 'Hm.' })
    await reader.first(({ type, taskId }) => type === 'task:comment' && taskId === id)
    await served.send('POST', `/api/tasks/${id}/cancel`)
    await reader.first(({ toState, taskId }) => toState === 'cancelled' && taskId === id)
    const job = served.world.standalones[0]
    const { body: run } = await served.send('POST', `/api/tasks/${job}/runs`, { params: { topic: 'x' } })
    const told = await reader.first(({ type, runId }) => type === 'run:created' && runId === run.runId)
    expect(told).toMatchObject({ definitionId: job })
    const again = await connect(`/ws/events?after=${String(created.id)}`)
    await again.first(({ id: event }) => event === told.id)
    const idsOf = ({ frames }: Reader) => frames.map((frame) => String(frame.id))
    const missed = idsOf(reader).slice(idsOf(reader).indexOf(String(created.id)) + 1)
    expect(idsOf(again).slice(0, missed.length)).toEqual(missed)
    expect(JSON.stringify(reader.frames)).not.toContain('task:log')
    await Promise.all([reader.close(), again.close()])
    expect(await refusal('/ws/events?after=x')).toBe(400)
  })
})
