import { randomUUID } from 'node:crypto'
import type { CreateSubtask, Repo, Task } from '@optio/contract'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runDependencies, runs } from '../../src/database/schema/index.ts'
import { subtaskIdsQuery } from '../../src/features/subtasks/queries.ts'
import { until } from '../engine/support/engine-place.ts'
import { failure } from './support/failure.ts'
import { makeReview, makeStandalone } from './support/kinds.ts'
import { openPullRequest } from './support/opened.ts'
import { startOptio, type TestOptio } from './support/optio.ts'
import { planOf } from './support/plan.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

type Given = Partial<
  Pick<CreateSubtask, 'title' | 'prompt' | 'taskType' | 'blocksParent' | 'autoQueue' | 'priority'>
>

async function create(id: string, given: Given = {}): Promise<Task> {
  const body = { prompt: 'Do a part', ...given }
  return (await optio.client.subtasks.create({ params: { id }, body })).subtask
}

const status = (id: string) => optio.client.subtasks.status({ params: { id } })
const setState = (id: string, state: Task['state']) =>
  optio.database.orm
    .update(runs)
    .set({ state, waitingOn: null, nextLookAt: null, attentionCode: null, completedAt: new Date() })
    .where(eq(runs.id, id))

describe('subtasks', () => {
  it('are tasks of their own in the repository and base of their parent', async () => {
    const parent = await optio.task(repo, { priority: 7, maxRetries: 2, repoBranch: 'main' })
    const child = await create(parent.id, { title: 'A part' })
    expect(child).toMatchObject({
      ...{
        type: 'repo-task',
        title: 'A part',
        prompt: 'Do a part',
        parentTaskId: parent.id,
        taskType: 'child',
      },
      ...{
        state: 'queued',
        blocksParent: false,
        held: false,
        subtaskOrder: null,
        priority: 7,
        maxRetries: 2,
      },
      ...{ repoUrl: repo.repoUrl, repoBranch: 'main', agentType: 'command' },
    })
    expect(child.branch).not.toBe(parent.branch)
    expect((await optio.client.tasks.get({ params: { id: child.id } })).task).toEqual(child)
    const named = await create(parent.id, {
      prompt: '\n First line\nsecond',
      priority: 3,
      blocksParent: true,
    })
    expect(named).toMatchObject({ title: 'First line', priority: 3, blocksParent: true })
  })

  it('that are steps wait for the step before, in the order in which they were made', async () => {
    const { id } = await optio.task(repo)
    const made: Task[] = []
    for (const title of ['one', 'two', 'three']) made.push(await create(id, { title, taskType: 'step' }))
    expect(made.map(({ subtaskOrder, blocksParent }) => [subtaskOrder, blocksParent])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ])
    expect(made.map(({ state }) => state)).toEqual(['queued', 'waiting_on_deps', 'waiting_on_deps'])
    const waits = await optio.client.dependencies.list({ params: { id: made[2]?.id ?? '' } })
    expect(waits.dependencies.map((each) => each.id)).toEqual([made[1]?.id])
    const { pipelineProgress } = await optio.client.tasks.get({ params: { id } })
    expect(pipelineProgress).toMatchObject({ totalSteps: 3, currentStepIndex: 0, currentStepTitle: 'one' })
  })

  it('that are steps and are made at once each have a place of their own', async () => {
    const { id } = await optio.task(repo)
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, n) => create(id, { title: `at once ${n}`, taskType: 'step' })),
    )
    expect(made.map(({ subtaskOrder }) => subtaskOrder).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const byOrder = [...made].sort((a, b) => (a.subtaskOrder ?? 0) - (b.subtaskOrder ?? 0))
    const { rows } = await optio.database.orm.execute<{ a: string; b: string }>(sql`
      select d.depends_on_id as a, d.run_id as b from run_dependencies d join runs r on r.id = d.run_id
      where r.parent_run_id = ${id} order by r.subtask_order`)
    expect(rows).toEqual(byOrder.slice(1).map((step, n) => ({ a: byOrder[n]?.id, b: step.id })))
  })

  it('that are not to be queued are held until a person runs them', async () => {
    const { id } = await optio.task(repo)
    const held = await create(id, { autoQueue: false })
    expect(held).toMatchObject({ state: 'pending', held: true })
    const waiting = await until('it waits for a person', async () => {
      const { task, pendingReason } = await optio.client.tasks.get({ params: { id: held.id } })
      return (task as Task).waitingOn === 'person' && pendingReason
    })
    expect(waiting).toMatch(/run/i)
    await optio.client.tasks.runNow({ params: { id: held.id } })
    await until('it is queued', async () => {
      const { task } = await optio.client.tasks.get({ params: { id: held.id } })
      return (task as Task).state === 'queued'
    })
  })

  it('are counted by how far they are', async () => {
    const { id } = await optio.task(repo)
    expect(await status(id)).toEqual({
      ...{ allComplete: true, total: 0, pending: 0, running: 0, completed: 0, failed: 0 },
    })
    const made: string[] = []
    for (let n = 0; n < 6; n += 1) made.push((await create(id)).id)
    const states = ['completed', 'failed', 'cancelled', 'running', 'provisioning'] as const
    for (const [n, state] of states.entries()) await setState(made[n] ?? '', state)
    expect(await status(id)).toEqual({
      ...{ allComplete: false, total: 6, pending: 1, running: 2, completed: 1, failed: 2 },
    })
    for (const each of made) await setState(each, 'completed')
    expect(await status(id)).toMatchObject({ allComplete: true, total: 6, completed: 6 })
  })

  it('come as steps in their order and then by age, in pages', async () => {
    const { id } = await optio.task(repo)
    const titles = ['child a', 'step 1', 'child b', 'step 2', 'step 3', 'child c']
    for (const title of titles)
      await create(id, { title, taskType: title.startsWith('step') ? 'step' : 'child' })
    await makeReview(optio, repo, id)
    const expected = ['step 1', 'step 2', 'step 3', 'child a', 'child b', 'child c', 'Review']
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const query = { limit: 2, ...(cursor ? { cursor } : {}) }
      const page = await optio.client.subtasks.list({ params: { id }, query })
      seen.push(...page.subtasks.map(({ title }) => title))
      expect(page.hasMore).toBe(page.nextCursor !== null)
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(seen).toEqual(expected)
    const rest = await optio.client.subtasks.list({ params: { id }, query: { limit: 10, offset: 5 } })
    expect(rest.subtasks.map(({ title }) => title)).toEqual(expected.slice(5))
    expect(rest).toMatchObject({ offset: 5, hasMore: false })
    const bad = optio.client.subtasks.list({ params: { id }, query: { cursor: 'nonsense' } })
    expect(await failure(bad)).toMatchObject({ status: 400, code: 'INVALID_CURSOR' })
  })

  it('are not made below a task that is done with', async () => {
    const parent = await optio.task(repo)
    for (const state of ['completed', 'cancelled'] as const) {
      await setState(parent.id, state)
      for (const taskType of ['child', 'step'] as const) {
        expect(await failure(create(parent.id, { taskType }))).toMatchObject({
          status: 409,
          code: 'INVALID_TRANSITION',
        })
      }
    }
    expect(await status(parent.id)).toMatchObject({ total: 0 })
  })

  it('are only below repo-tasks', async () => {
    const { id } = await optio.task(repo)
    const { definitionId, runId } = await makeStandalone(optio, repo)
    const review = await makeReview(optio, repo, id)
    const before = await optio.database.orm.$count(runs)
    for (const each of [definitionId, runId, review]) {
      for (const call of [
        () => create(each),
        () => create(each, { taskType: 'review' }),
        () => status(each),
        () => optio.client.subtasks.list({ params: { id: each } }),
      ]) {
        expect(await failure(call())).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
      }
    }
    const nobody = randomUUID()
    for (const call of [() => create(nobody), () => status(nobody)]) {
      expect(await failure(call())).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
    }
    expect(await optio.database.orm.$count(runs)).toBe(before)
  })

  it('refuse what cannot be, and write nothing', async () => {
    const { id } = await optio.task(repo)
    const before = await optio.database.orm.$count(runs)
    const cases: [object, number, string][] = [
      [{}, 400, 'VALIDATION'],
      [{ prompt: ' ' }, 400, 'VALIDATION'],
      [{ prompt: 'x', taskType: 'coding' }, 400, 'VALIDATION'],
      [{ prompt: 'x', priority: -1 }, 400, 'VALIDATION'],
      [{ prompt: 'x', agentType: 'codex' }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ prompt: 'x', taskType: 'review' }, 404, 'PULL_REQUEST_NOT_FOUND'],
    ]
    for (const [body, expected, code] of cases) {
      const answer = await optio.raw(`/api/tasks/${id}/subtasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(answer, JSON.stringify(body)).toMatchObject({ status: expected, body: { code } })
    }
    expect(await optio.database.orm.$count(runs)).toBe(before)
    expect(await optio.database.orm.$count(runDependencies, eq(runDependencies.runId, id))).toBe(0)
  })

  it('that are asked for again with the same key are made once', async () => {
    const { id } = await optio.task(repo)
    const send = () =>
      optio.raw(`/api/tasks/${id}/subtasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `subtask-${id}` },
        body: JSON.stringify({ prompt: 'once', taskType: 'step' }),
      })
    const [first, second] = await Promise.all([send(), send()])
    expect(first).toMatchObject({ status: 201 })
    expect(second?.body).toEqual(first?.body)
    expect(await status(id)).toMatchObject({ total: 1 })
  })

  it('are read by the index of their parent', async () => {
    const { orm } = optio.database
    const { id } = await optio.task(repo)
    await orm.execute(sql`
      insert into runs (id, workspace_id, kind, state, title, prompt, repository_id, branch, agent_type, created_by, next_look_at,
                        parent_run_id, task_type)
      select gen_random_uuid(), ${repo.workspaceId}, 'repo', 'completed', 'old ' || n, 'x', ${repo.id}, 'b', 'command', 'bulk', null,
             case when n % 200 = 0 then ${id}::uuid end, case when n % 200 = 0 then 'child' else 'coding' end
      from generate_series(1, 10000) n`)
    await orm.execute(sql`analyze runs`)
    const plan = await planOf(
      orm,
      subtaskIdsQuery(orm, { workspaceId: repo.workspaceId, runId: id }, { limit: 50 }),
    )
    expect(plan).toMatch(/Index Scan.* runs_of_parent/)
    expect(plan).not.toMatch(/Seq Scan/)
  })
})

describe('reviews that a person asks for', () => {
  const review = (id: string, body: object = {}) => optio.client.tasks.review({ params: { id }, body })

  it('read the head there is, and one that is unfinished is answered again', async () => {
    const pr = await openPullRequest(optio)
    const { reviewTaskId } = await review(pr.task.id, { prompt: 'Look at the tests', agentType: 'command' })
    const { task } = await optio.client.tasks.get({ params: { id: reviewTaskId } })
    expect(task).toMatchObject({
      ...{ type: 'repo-task', taskType: 'review', parentTaskId: pr.task.id, reviewedSha: pr.headSha },
      ...{ prNumber: expect.any(Number), prState: null },
      ...{ agentType: 'command', verdict: null },
    })
    expect(await review(pr.task.id)).toEqual({ reviewTaskId })
    const again = await create(pr.task.id, { taskType: 'review', prompt: 'And again' })
    expect(again.id).toBe(reviewTaskId)
    const { subtasks } = await optio.client.subtasks.list({ params: { id: pr.task.id } })
    expect(subtasks.map(({ id }) => id)).toEqual([reviewTaskId])
  })

  it('need a pull request that is open, and an agent that can be started', async () => {
    const { id } = await optio.task(repo)
    expect(await failure(review(id))).toMatchObject({ status: 404, code: 'PULL_REQUEST_NOT_FOUND' })
    const pr = await openPullRequest(optio)
    const unknown = review(pr.task.id, { agentType: 'codex' })
    expect(await failure(unknown)).toMatchObject({ status: 422, code: 'AGENT_NOT_AVAILABLE' })
    await optio.client.pullRequests.close({ params: pr.params })
    expect(await failure(review(pr.task.id))).toMatchObject({ status: 409, code: 'PULL_REQUEST_NOT_OPEN' })
    const { definitionId, runId } = await makeStandalone(optio, repo)
    for (const each of [definitionId, runId]) {
      expect(await failure(review(each))).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
    }
    expect(await failure(review(randomUUID()))).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
    expect(await failure(review(id, { prompt: ' ' }))).toMatchObject({ status: 400, code: 'VALIDATION' })
  })

  it('that are asked for again with the same key are one', async () => {
    const pr = await openPullRequest(optio)
    const send = () =>
      optio.raw(`/api/tasks/${pr.task.id}/review`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `review-${pr.task.id}` },
        body: '{}',
      })
    const first = await send()
    expect(first).toMatchObject({ status: 201 })
    expect((await send()).body).toEqual(first.body)
  })
})
