import { randomUUID } from 'node:crypto'
import type { Activity, Repo, Task } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { activityQuery } from '../../src/features/activity/queries.ts'
import { appendEvents } from '../../src/features/events/append.ts'
import { failure } from './support/failure.ts'
import { makeStandalone } from './support/kinds.ts'
import { startOptio, type TestOptio } from './support/optio.ts'
import { planOf } from './support/plan.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

const comment = (task: Task, content: string) =>
  optio.client.comments.create({ params: { id: task.id }, body: { content } })
const words = (list: readonly Activity[]) => list.map(({ message }) => message)

describe('the activity', () => {
  it('of a task is what happened about it, newest first, with its title of now and who did it', async () => {
    const task = await optio.task(repo, { title: 'Before' })
    await optio.task(repo, { title: 'Another' })
    await comment(task, 'hello')
    await optio.client.tasks.edit({ params: { id: task.id }, body: { title: 'After' } })
    const { activity } = await optio.client.activity.ofTask({ params: { id: task.id } })
    expect(activity[0]).toMatchObject({ type: 'task:edited', userId: 'local', title: 'After' })
    expect(activity[1]).toMatchObject({ type: 'task:comment', message: 'hello', title: 'After' })
    expect(activity.at(-1)).toMatchObject({ type: 'task:created', toState: 'pending', userId: 'local' })
    expect(activity.find(({ type }) => type === 'task:state_changed')).toMatchObject({
      ...{ fromState: 'pending', toState: 'queued', userId: null },
    })
    expect(new Set(activity.map(({ taskId }) => taskId))).toEqual(new Set([task.id]))
    const ids = activity.map(({ id }) => Number(id))
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
  })

  it('of all tells what people did apart, and leaves out what is only measured', async () => {
    const task = await optio.task(repo)
    await comment(task, 'one')
    await optio.database.transaction((tx) =>
      appendEvents(tx, [
        { workspaceId: repo.workspaceId, runId: task.id, type: 'cost:updated', actor: 'optio' },
        {
          workspaceId: repo.workspaceId,
          runId: task.id,
          type: 'task:published',
          actor: 'optio',
          message: 'Pushed.',
        },
      ]),
    )
    const all = await optio.client.activity.all({ query: { limit: 2 } })
    expect(words(all.activity)).toEqual(['Pushed.', 'one'])
    const people = await optio.client.activity.all({ query: { limit: 1, byPeople: 1 } })
    expect(words(people.activity)).toEqual(['one'])
    const ofTask = await optio.client.activity.ofTask({ params: { id: task.id }, query: { byPeople: 1 } })
    expect(ofTask.activity.map(({ type }) => type)).toEqual(['task:comment', 'task:created'])
  })

  it('tells of what is gone, and of runs of a standalone task with their definition', async () => {
    const task = await optio.task(repo, { title: 'Short-lived' })
    await optio.client.tasks.remove({ params: { id: task.id } })
    const [gone] = (await optio.client.activity.all({ query: { limit: 1 } })).activity
    expect(gone).toMatchObject({ type: 'task:deleted', taskId: null, message: 'Deleted “Short-lived”.' })
    const { definitionId, runId } = await makeStandalone(optio, repo)
    await optio.client.comments.create({ params: { id: runId }, body: { content: 'x' } })
    const { activity } = await optio.client.activity.ofTask({ params: { id: runId } })
    expect(activity).toMatchObject([{ type: 'run:comment', taskId: runId, definitionId, title: 'Report' }])
  })

  it('comes in pages that neither repeat nor skip anything while more happens', async () => {
    const task = await optio.task(repo)
    for (let n = 0; n < 7; n += 1) await comment(task, `${n}`)
    const seen: (string | null)[] = []
    let cursor: string | undefined
    do {
      const query = { limit: 3, byPeople: 1, ...(cursor ? { cursor } : {}) }
      const page = await optio.client.activity.ofTask({ params: { id: task.id }, query })
      seen.push(...words(page.activity))
      expect(page.hasMore).toBe(page.nextCursor !== null)
      await comment(task, 'meanwhile')
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(seen).toEqual(['6', '5', '4', '3', '2', '1', '0', 'Created.'])
    const offset = await optio.client.activity.ofTask({
      params: { id: task.id },
      query: { limit: 2, offset: 1, byPeople: 1 },
    })
    expect(offset).toMatchObject({ offset: 1, hasMore: true })
    expect(offset.activity).toHaveLength(2)
  })

  it('is refused for definitions, for what is not there, and for a bad request', async () => {
    const { definitionId } = await makeStandalone(optio, repo)
    const of = (id: string) => failure(optio.client.activity.ofTask({ params: { id } }))
    expect(await of(definitionId)).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
    expect(await of(randomUUID())).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
    for (const [query, code] of [
      ['cursor=nonsense', 'INVALID_CURSOR'],
      ['byPeople=2', 'VALIDATION'],
      ['limit=0', 'VALIDATION'],
    ]) {
      expect(await optio.raw(`/api/activity?${query}`)).toMatchObject({ status: 400, body: { code } })
    }
  })

  it('is read by indexes, however much happened', async () => {
    const { orm } = optio.database
    const task = await optio.task(repo)
    await orm.execute(sql`
      insert into events (workspace_id, run_id, type, actor)
      select ${repo.workspaceId}, ${task.id}, 'task:pending_reason', case when n % 1000 = 0 then 'ada' else 'optio' end
      from generate_series(1, 20000) n`)
    await orm.execute(sql`analyze events`)
    const filter = { workspaceId: repo.workspaceId, runId: null, before: null, byPeople: false, limit: 50 }
    for (const [more, index] of [
      [{}, 'events_pkey|events_of_workspace'],
      [{ before: 10_000 }, 'events_pkey|events_of_workspace'],
      [{ byPeople: true }, 'events_of_people'],
      [{ runId: task.id }, 'events_of_run|events_pkey'],
      [{ runId: task.id, before: 10_000 }, 'events_of_run|events_pkey'],
    ] as const) {
      const plan = await planOf(orm, activityQuery(orm, { ...filter, ...more }))
      expect(plan).toMatch(new RegExp(`Index Scan Backward using (${index})`))
      expect(plan).not.toMatch(/Seq Scan on events|Sort/)
    }
  })
})
