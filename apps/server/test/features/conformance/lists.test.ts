import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRepository } from '../support/git-repository.ts'
import { listening } from './requests.ts'
import { expectError, type Served, serve, specified } from './support.ts'

let served: Served
/** Tasks of their own, so that what one list is given is in no other. */
let messaged: string
let told: string
beforeAll(async () => {
  served = await serve()
  messaged = await listening(served)
  told = (await post('/api/tasks', { prompt: 'x', repoUrl: repoUrl() })).task.id
})
afterAll(() => served?.close())

const repoUrl = () => served.world.repos[0]?.repoUrl ?? ''
type Made = Record<string, { id: string }> & { task: { id: string } }

async function post(path: string, body: unknown): Promise<Made> {
  const answer = await served.send('POST', path, body)
  expect([200, 201, 202]).toContain(answer.status)
  return answer.body as Made
}

interface List {
  readonly path: () => string
  /** What the list is called in the answer. */
  readonly key: string
  /** Adds one thing to the list. */
  readonly add: () => Promise<unknown>
  readonly oldestFirst?: true
}

const task = () => post('/api/tasks', { prompt: 'x', repoUrl: repoUrl() })
const [queued, standalone, blueprint, hook] = [
  () => served.world.tasks[0] ?? '',
  () => served.world.standalones[0] ?? '',
  () => served.world.blueprints[0] ?? '',
  () => served.world.hookPaths[0] ?? '',
]
let secrets = 0
let issues = 0
const comment = (id: string) => post(`/api/tasks/${id}/comments`, { content: 'Hm.' })

/** Every list that comes in pages, by the id of its endpoint; a word behind it tells forms of one apart. */
const LISTS: Readonly<Record<string, List>> = {
  'tasks.list': { path: () => '/api/tasks', key: 'tasks', add: task },
  'tasks.list all': { path: () => '/api/tasks?type=all', key: 'tasks', add: task },
  'tasks.search': { path: () => '/api/tasks/search?q=x', key: 'tasks', add: task },
  'tasks.events': {
    ...{ path: () => `/api/tasks/${told}/events`, key: 'events', oldestFirst: true },
    add: async () => {
      const { state } = (await served.send('GET', `/api/tasks/${told}`)).body.task as { state: string }
      await post(`/api/tasks/${told}/${state === 'cancelled' ? 'retry' : 'cancel'}`, {})
    },
  },
  'repos.list': {
    ...{ path: () => '/api/repos', key: 'repos' },
    add: async () => {
      const { path } = await makeRepository(join(served.optio.directory, randomUUID()))
      return await post('/api/repos', { repoUrl: path })
    },
  },
  'runs.list': {
    ...{ path: () => `/api/tasks/${standalone()}/runs`, key: 'runs' },
    add: () => post(`/api/tasks/${standalone()}/runs`, { params: { topic: 'x' } }),
  },
  'runs.list blueprint': {
    ...{ path: () => `/api/tasks/${blueprint()}/runs`, key: 'runs' },
    add: () => post(`/api/tasks/${blueprint()}/runs`, { params: { name: 'x' } }),
  },
  'triggers.firings': {
    path: () => {
      const [id, trigger] = served.world.triggers[0] ?? []
      return `/api/tasks/${id}/triggers/${trigger}/firings`
    },
    ...{ key: 'firings', add: () => post(`/api/hooks/${hook()}`, { topic: 'x' }) },
  },
  'subtasks.list': {
    ...{ path: () => `/api/tasks/${queued()}/subtasks`, key: 'subtasks', oldestFirst: true },
    add: () => post(`/api/tasks/${queued()}/subtasks`, { prompt: 'x' }),
  },
  'comments.list': {
    ...{ path: () => `/api/tasks/${queued()}/comments`, key: 'comments', oldestFirst: true },
    add: () => comment(queued()),
  },
  'messages.list': {
    ...{ path: () => `/api/tasks/${messaged}/messages`, key: 'messages', oldestFirst: true },
    add: () => post(`/api/tasks/${messaged}/message`, { content: 'Hm.' }),
  },
  'activity.ofTask': {
    ...{ path: () => `/api/tasks/${queued()}/activity`, key: 'activity', add: () => comment(queued()) },
  },
  'activity.all': { path: () => '/api/activity?byPeople=1', key: 'activity', add: () => comment(queued()) },
  'promptTemplates.list': {
    ...{ path: () => '/api/prompt-templates', key: 'templates' },
    add: () => post('/api/prompt-templates', { name: 'A', template: 'x' }),
  },
  'taskTemplates.list': {
    ...{ path: () => '/api/task-templates', key: 'templates' },
    add: () => post('/api/task-templates', { name: 'A', prompt: 'x' }),
  },
  'secrets.list': {
    ...{ path: () => '/api/secrets', key: 'secrets' },
    add: () => post('/api/secrets', { name: `S_${secrets++}`, value: 'a value that is long enough' }),
  },
  'issues.list': {
    ...{ path: () => '/api/issues', key: 'issues' },
    add: async () => {
      const { id, workspaceId } = served.world.repos[0] ?? { id: '', workspaceId: '' }
      await served.optio.database.orm.execute(sql`
        insert into issues (repository_id, number, workspace_id, title, body, state, url, labels, assignees, author, created_at, updated_at)
        values (${id}, ${++issues}, ${workspaceId}, 'An issue', '', 'open', 'https://example.org', '[]', '[]', 'ann', now(), now())`)
    },
  },
  'github.deliveries': {
    ...{ path: () => '/api/webhooks/github/deliveries', key: 'deliveries' },
    add: async () => {
      const { workspaceId } = served.world.repos[0] ?? { workspaceId: '' }
      await served.optio.database.orm.execute(sql`
        insert into webhook_deliveries (id, event, workspace_id, state) values (${randomUUID()}, 'push', ${workspaceId}, 'ignored')`)
    },
  },
  'jobs.list': {
    ...{ path: () => '/api/jobs', key: 'workflows' },
    add: () => post('/api/jobs', { prompt: 'x', agentType: 'command', agentCommand: ['true'] }),
  },
  'jobs.runs': {
    ...{ path: () => `/api/jobs/${standalone()}/runs`, key: 'runs' },
    add: () => post(`/api/jobs/${standalone()}/runs`, { params: { topic: 'x' } }),
  },
  'taskConfigs.list': {
    ...{ path: () => '/api/task-configs', key: 'taskConfigs' },
    add: () => post('/api/task-configs', { prompt: 'x', repoUrl: repoUrl() }),
  },
}

const address = ({ path }: List, query: string) => `${path()}${path().includes('?') ? '&' : '?'}${query}`

async function page(list: List, query: string) {
  const { status, body } = await served.send('GET', address(list, query))
  expect({ query, status }).toEqual({ query, status: 200 })
  const ids = (body[list.key] as { id: string }[]).map(({ id }) => id)
  return { ids, ...(body as { limit: number; offset?: number; nextCursor: string | null; hasMore: boolean }) }
}

it('every list that has pages is read here', () => {
  const paged = specified.filter(({ route }) => {
    const shape = (route.query as { shape?: Record<string, unknown> } | undefined)?.shape
    return shape?.cursor !== undefined
  })
  const read = new Set(Object.keys(LISTS).map((id) => id.split(' ')[0]))
  expect([...read].sort()).toEqual(paged.map(({ id }) => id).sort())
})

describe.each(Object.entries(LISTS))('%s', (_, list) => {
  it('comes in pages that neither repeat nor skip one while things are added', async () => {
    while ((await page(list, 'limit=1000')).ids.length < 5) await list.add()
    const { ids: all, hasMore, nextCursor } = await page(list, 'limit=1000')
    expect([hasMore, nextCursor]).toEqual([false, null])
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const next = await page(list, `limit=2${from}`)
      expect(next.limit).toBe(2)
      expect(next.hasMore).toBe(next.nextCursor !== null)
      expect(next).not.toHaveProperty('offset')
      seen.push(...next.ids)
      cursor = next.nextCursor
      if (seen.length === 2) await list.add()
    }
    expect(new Set(seen).size).toBe(seen.length)
    // What was added meanwhile is before those that were read, or behind all of them.
    const before = seen.slice(0, all.length)
    expect(before).toEqual(all)
    expect(seen.length > all.length).toBe(list.oldestFirst === true)
  })

  it('comes by offset, too, and says so', async () => {
    const { ids } = await page(list, 'limit=1000')
    const second = await page(list, 'limit=2&offset=2')
    expect(second).toMatchObject({ limit: 2, offset: 2, ids: ids.slice(2, 4), hasMore: ids.length > 4 })
    expect(await page(list, 'offset=1000000')).toMatchObject({ ids: [], hasMore: false, nextCursor: null })
  })

  it('refuses what is out of range, and cursors that it has not made', async () => {
    for (const query of [
      ...['limit=0', 'limit=1001', 'limit=-1', 'limit=1.5', 'limit=x', 'limit=', 'limit=1e2', 'limit=%00'],
      ...['offset=-1', 'offset=1000001', 'offset=x', 'offset=0.5', 'offset=', 'limit=1&limit=2'],
      ...['cursor=', 'cursor=%00', `cursor=${'x'.repeat(1001)}`],
    ]) {
      expectError(await served.send('GET', address(list, query)), 'VALIDATION', query)
    }
    for (const cursor of ['x', 'eyJ0IjoxfQ', 'W10', 'bnVsbA', '%22', 'eyJ0Ijo5ZTk5LCJpIjoieCJ9', 'e30']) {
      expectError(await served.send('GET', address(list, `cursor=${cursor}`)), 'INVALID_CURSOR', cursor)
    }
  })
})
