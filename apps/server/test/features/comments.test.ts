import { randomUUID } from 'node:crypto'
import type { Repo, Task } from '@optio/contract'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { taskComments } from '../../src/database/schema/index.ts'
import { listCommentsQuery } from '../../src/features/comments/queries.ts'
import { readEvents } from './support/event-reader.ts'
import { failure } from './support/failure.ts'
import { makeStandalone } from './support/kinds.ts'
import { startOptio, type TestOptio } from './support/optio.ts'
import { planOf } from './support/plan.ts'

let optio: TestOptio
let repo: Repo
let task: Task
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
  task = await optio.task(repo)
})
afterAll(() => optio.close())

const write = (content: string, id = task.id) =>
  optio.client.comments.create({ params: { id }, body: { content } })

describe('comments', () => {
  it('are answered as they were written, have an author, and are read back', async () => {
    const content = 'Line one\n\n<b>bold</b> 🙂'
    const { comment } = await write(content)
    expect(comment).toMatchObject({ taskId: task.id, author: 'local', content })
    expect(comment.createdAt).toBe(comment.updatedAt)
    const { comments } = await optio.client.comments.list({ params: { id: task.id } })
    expect(comments).toEqual([comment])
  })

  it('are changed and deleted by their author, and the time of the change is shown', async () => {
    const { comment } = await write('first')
    const params = { taskId: task.id, commentId: comment.id }
    const edited = await optio.client.comments.edit({ params, body: { content: 'second' } })
    expect(edited.comment).toMatchObject({ id: comment.id, content: 'second', createdAt: comment.createdAt })
    expect(edited.comment.updatedAt > comment.updatedAt).toBe(true)
    await optio.client.comments.remove({ params })
    for (const call of [
      () => optio.client.comments.remove({ params }),
      () => optio.client.comments.edit({ params, body: { content: 'x' } }),
    ]) {
      expect(await failure(call())).toMatchObject({ status: 404, code: 'COMMENT_NOT_FOUND' })
    }
    const { comments } = await optio.client.comments.list({ params: { id: task.id } })
    expect(comments.map(({ id }) => id)).not.toContain(comment.id)
  })

  it('of somebody else can be neither changed nor deleted', async () => {
    const { comment } = await write('theirs')
    await optio.database.orm
      .update(taskComments)
      .set({ author: 'ada' })
      .where(eq(taskComments.id, comment.id))
    const params = { taskId: task.id, commentId: comment.id }
    for (const call of [
      () => optio.client.comments.remove({ params }),
      () => optio.client.comments.edit({ params, body: { content: 'mine' } }),
    ]) {
      expect(await failure(call())).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    }
    const { comments } = await optio.client.comments.list({ params: { id: task.id } })
    expect(comments.find(({ id }) => id === comment.id)).toMatchObject({ author: 'ada', content: 'theirs' })
  })

  it('are told to readers of events, cut short', async () => {
    const events = await readEvents(optio.url)
    const { comment } = await write('x'.repeat(10_000))
    const told = await events.next('task:comment', task.id)
    expect(told).toMatchObject({ commentId: comment.id, author: 'local', message: 'x'.repeat(200) })
    await optio.client.comments.remove({ params: { taskId: task.id, commentId: comment.id } })
    expect(await events.next('task:comment_deleted', task.id)).toMatchObject({ commentId: comment.id })
    await events.close()
  })

  it('of a task do not show under another, and go with their task', async () => {
    const other = await optio.task(repo)
    const { comment } = await write('here', other.id)
    const params = { taskId: task.id, commentId: comment.id }
    expect(await failure(optio.client.comments.remove({ params }))).toMatchObject({
      code: 'COMMENT_NOT_FOUND',
    })
    await optio.client.tasks.remove({ params: { id: other.id } })
    expect(await optio.database.orm.$count(taskComments, eq(taskComments.id, comment.id))).toBe(0)
    expect(await failure(write('late', other.id))).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
  })

  it('are for whatever is executed, and not for definitions', async () => {
    const { definitionId, runId } = await makeStandalone(optio, repo)
    const events = await readEvents(optio.url)
    const { comment } = await write('on a run', runId)
    expect(comment.taskId).toBe(runId)
    expect(await events.next('run:comment', runId)).toMatchObject({ runId, definitionId })
    await events.close()
    const params = { id: definitionId }
    for (const call of [() => write('x', definitionId), () => optio.client.comments.list({ params })]) {
      expect(await failure(call())).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
    }
  })

  it('refuse what is no comment, and write nothing', async () => {
    const before = await optio.database.orm.$count(taskComments)
    for (const body of [
      {},
      { content: '' },
      { content: 7 },
      { content: 'x'.repeat(10_001) },
      { content: 'a\0b' },
    ]) {
      const answer = await optio.raw(`/api/tasks/${task.id}/comments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
    }
    const nowhere = await failure(write('x', randomUUID()))
    expect(nowhere).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
    const cursor = optio.client.comments.list({ params: { id: task.id }, query: { cursor: 'nonsense' } })
    expect(await failure(cursor)).toMatchObject({ status: 400, code: 'INVALID_CURSOR' })
    expect(await optio.database.orm.$count(taskComments)).toBe(before)
  })

  it('come oldest first in pages that neither repeat nor skip one while others are written', async () => {
    const { id } = await optio.task(repo)
    for (let n = 0; n < 7; n += 1) await write(`comment ${n}`, id)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const query = { limit: 3, ...(cursor ? { cursor } : {}) }
      const page = await optio.client.comments.list({ params: { id }, query })
      seen.push(...page.comments.map(({ content }) => content))
      expect(page.hasMore).toBe(page.nextCursor !== null)
      if (seen.length === 3) await write('comment 7', id)
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => `comment ${n}`))
    const offset = await optio.client.comments.list({ params: { id }, query: { limit: 2, offset: 6 } })
    expect(offset).toMatchObject({ offset: 6, hasMore: false })
    expect(offset.comments.map(({ content }) => content)).toEqual(['comment 6', 'comment 7'])
  })

  it('are read by their index, however many there are', async () => {
    const { orm } = optio.database
    await orm.execute(sql`
      insert into task_comments (id, workspace_id, run_id, author, content, created_at)
      select gen_random_uuid(), ${repo.workspaceId}, ${task.id}, 'bulk', 'x', now() - n * interval '1 second'
      from generate_series(1, 20000) n`)
    await orm.execute(sql`analyze task_comments`)
    const ref = { workspaceId: repo.workspaceId, runId: task.id }
    const first = await optio.client.comments.list({ params: { id: task.id }, query: { limit: 5 } })
    for (const cursor of [undefined, first.nextCursor ?? '']) {
      const plan = await planOf(orm, listCommentsQuery(orm, ref, { limit: 50, cursor }))
      expect(plan).toMatch(/Index Scan using task_comments_of_run/)
      expect(plan).not.toMatch(/Sort|Seq Scan/)
    }
  })
})
