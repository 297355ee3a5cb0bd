import { randomUUID } from 'node:crypto'
import type { Repo, Task } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attempts, runDependencies } from '../../src/database/schema/index.ts'
import { dependenciesQuery, dependentsQuery } from '../../src/features/dependencies/queries.ts'
import { until } from '../engine/support/engine-place.ts'
import { readEvents } from './support/event-reader.ts'
import { failure } from './support/failure.ts'
import { makeReview, makeStandalone } from './support/kinds.ts'
import { startOptio, type TestOptio } from './support/optio.ts'
import { planOf } from './support/plan.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

const add = (id: string, ...dependsOnIds: string[]) =>
  optio.client.dependencies.add({ params: { id }, body: { dependsOnIds } })
const remove = (id: string, depId: string) => optio.client.dependencies.remove({ params: { id, depId } })
const list = async (id: string) => (await optio.client.dependencies.list({ params: { id } })).dependencies
const state = async (id: string) => (await optio.client.tasks.get({ params: { id } })).task as Task

async function reaches(id: string, wanted: string): Promise<Task> {
  return await until(`${id} is ${wanted}`, async () => {
    const task = await state(id)
    return task.state === wanted ? task : null
  })
}

async function tasks(count: number): Promise<string[]> {
  const made: string[] = []
  for (let n = 0; n < count; n += 1) made.push((await optio.task(repo, { title: `Task ${n}` })).id)
  return made
}

const dependencyCount = () => optio.database.orm.$count(runDependencies)

describe('dependencies', () => {
  it('send a queued task back to waiting, and the last that goes lets it go on', async () => {
    const [first = '', second = '', third = ''] = await tasks(3)
    const events = await readEvents(optio.url)
    const { dependencies } = await add(third, first, second)
    expect(dependencies).toEqual(
      [first, second].map((id, n) => ({
        ...{ id, dependencyId: id, title: `Task ${n}`, state: 'queued', deleted: false },
      })),
    )
    expect(await list(third)).toEqual(dependencies)
    expect(await events.next('task:dependencies_added', third)).toMatchObject({
      dependsOnIds: [first, second],
    })
    await events.close()
    expect(await reaches(third, 'waiting_on_deps')).toMatchObject({ waitingOn: 'dependency' })
    const { dependents } = await optio.client.dependencies.dependents({ params: { id: first } })
    expect(dependents).toEqual([{ id: third, title: 'Task 2', state: 'waiting_on_deps' }])
    await remove(third, first)
    expect(await list(third)).toHaveLength(1)
    await remove(third, second)
    await reaches(third, 'queued')
    expect(await failure(remove(third, second))).toMatchObject({ status: 404, code: 'DEPENDENCY_NOT_FOUND' })
  })

  it('are added once, in either form, and a finished task can be one', async () => {
    const [first = '', second = ''] = await tasks(2)
    await optio.database.orm.execute(sql`
      update runs set state = 'completed', waiting_on = null, completed_at = now() where id = ${first}`)
    await optio.client.dependencies.add({
      params: { id: second },
      body: { dependsOnIds: [first, first.toUpperCase()], dependsOnTaskId: first },
    })
    await add(second, first)
    expect(await list(second)).toMatchObject([{ id: first, state: 'completed' }])
    await reaches(second, 'queued')
  })

  it('can be runs of a standalone task, and no reviews', async () => {
    const [task = ''] = await tasks(1)
    const { runId } = await makeStandalone(optio, repo)
    const review = await makeReview(optio, repo, task)
    expect((await add(task, runId)).dependencies).toMatchObject([{ id: runId, title: 'Report' }])
    const { dependents } = await optio.client.dependencies.dependents({ params: { id: runId } })
    expect(dependents.map(({ id }) => id)).toEqual([task])
    const [other = ''] = await tasks(1)
    expect(await failure(add(other, review))).toMatchObject({ status: 400, code: 'VALIDATION' })
  })

  it('that are deleted stay with their title, and count as cancelled', async () => {
    const [first = '', second = ''] = await tasks(2)
    await add(second, first)
    await optio.client.tasks.remove({ params: { id: first } })
    expect(await list(second)).toEqual([
      { id: first, dependencyId: first, title: 'Task 0', state: 'cancelled', deleted: true },
    ])
    await reaches(second, 'failed')
  })

  it('that come to nothing bring the task to a person where the repository says so, until they are retried', async () => {
    const { repo: patient } = await optio.connected({ onDependencyFailure: 'wait' })
    const first = await optio.task(patient)
    const second = await optio.task(patient, { dependsOn: [first.id] })
    await optio.client.tasks.cancel({ params: { id: first.id } })
    expect(await reaches(second.id, 'needs_attention')).toMatchObject({ attentionCode: 'dependency_failed' })
    await optio.client.tasks.retry({ params: { id: first.id } })
    await reaches(second.id, 'waiting_on_deps')
    await optio.client.tasks.cancel({ params: { id: first.id } })
    await reaches(second.id, 'needs_attention')
    await remove(second.id, first.id)
    await reaches(second.id, 'queued')
  })

  it('never go in a circle, over any number of tasks and over subtasks that hold their parent', async () => {
    const [first = '', second = '', third = ''] = await tasks(3)
    await add(second, first)
    await add(third, second)
    const before = await dependencyCount()
    for (const call of [
      () => add(first, first),
      () => add(first, second),
      () => add(first, third),
      () => optio.client.dependencies.add({ params: { id: first }, body: { dependsOnTaskId: third } }),
    ]) {
      expect(await failure(call())).toMatchObject({ status: 400, code: 'DEPENDENCY_CYCLE' })
    }
    const { subtask } = await optio.client.subtasks.create({
      params: { id: first },
      body: { prompt: 'part', blocksParent: true },
    })
    expect(await failure(add(subtask.id, third))).toMatchObject({ status: 400, code: 'DEPENDENCY_CYCLE' })
    expect(await failure(add(subtask.id, first))).toMatchObject({ status: 400, code: 'DEPENDENCY_CYCLE' })
    const free = await optio.client.subtasks.create({ params: { id: first }, body: { prompt: 'part' } })
    await add(free.subtask.id, first)
    const hold = optio.client.tasks.edit({ params: { id: free.subtask.id }, body: { blocksParent: true } })
    expect(await failure(hold)).toMatchObject({ status: 400, code: 'DEPENDENCY_CYCLE' })
    expect(await dependencyCount()).toBe(before + 1)
  })

  it('are added all or none', async () => {
    const [first = '', second = ''] = await tasks(2)
    const nobody = randomUUID()
    const error = await failure(add(second, first, nobody))
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION', details: { missing: [nobody] } })
    expect(await list(second)).toEqual([])
    expect((await state(second)).state).toBe('queued')
  })

  it('come too late once an agent has worked on the task', async () => {
    const [first = '', second = ''] = await tasks(2)
    await optio.database.orm.insert(attempts).values({
      ...{ id: uuidv7(), workspaceId: repo.workspaceId, runId: second, number: 1, state: 'failed' },
      ...{ reason: 'first', hostId: 'x', agentType: 'command', endedAt: new Date() },
    })
    expect(await failure(add(second, first))).toMatchObject({ status: 409, code: 'INVALID_TRANSITION' })
    expect(await list(second)).toEqual([])
    // What could never be is told first, whatever state it is in.
    await add(first, second)
    for (const other of [first, second]) {
      expect(await failure(add(second, other))).toMatchObject({ status: 400, code: 'DEPENDENCY_CYCLE' })
    }
  })

  it('are only for repo-tasks, and only for tasks that are there', async () => {
    const [task = ''] = await tasks(1)
    const { definitionId, runId } = await makeStandalone(optio, repo)
    const review = await makeReview(optio, repo, task)
    for (const id of [definitionId, runId, review]) {
      expect(await failure(add(id, task))).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
    }
    for (const call of [
      () => optio.client.dependencies.list({ params: { id: definitionId } }),
      () => optio.client.dependencies.dependents({ params: { id: definitionId } }),
      () => remove(definitionId, task),
    ]) {
      expect(await failure(call())).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
    }
    expect(await list(runId)).toEqual([])
    const nobody = randomUUID()
    for (const call of [
      () => add(nobody, task),
      () => optio.client.dependencies.list({ params: { id: nobody } }),
      () => optio.client.dependencies.dependents({ params: { id: nobody } }),
      () => remove(nobody, task),
    ]) {
      expect(await failure(call())).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
    }
  })

  it('refuse a body that names nothing', async () => {
    const [task = ''] = await tasks(1)
    for (const body of [{}, { dependsOnIds: [] }, { dependsOnIds: ['x'] }, { dependsOnTaskId: 7 }, []]) {
      const answer = await optio.raw(`/api/tasks/${task}/dependencies`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(answer, JSON.stringify(body)).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
    }
  })

  it('are read by their indexes', async () => {
    const { orm } = optio.database
    const [task = ''] = await tasks(1)
    await orm.execute(sql`
      insert into runs (id, workspace_id, kind, state, title, prompt, repository_id, branch, agent_type, created_by, next_look_at)
      select gen_random_uuid(), ${repo.workspaceId}, 'repo', 'completed', 'old ' || n, 'x', ${repo.id}, 'b', 'command', 'bulk', null
      from generate_series(1, 10000) n`)
    await orm.execute(sql`
      insert into run_dependencies (workspace_id, run_id, depends_on_id)
      select workspace_id, id, ${task} from runs where created_by = 'bulk' limit 20`)
    await orm.execute(sql`
      insert into run_dependencies (workspace_id, run_id, depends_on_id)
      select workspace_id, id, lag(id) over () from (select * from runs where created_by = 'bulk' offset 1) r
      offset 1 limit 9000`)
    await orm.execute(sql`analyze runs, run_dependencies`)
    const ref = { workspaceId: repo.workspaceId, runId: task }
    for (const query of [dependenciesQuery(orm, ref), dependentsQuery(orm, ref)]) {
      expect(await planOf(orm, query)).not.toMatch(/Seq Scan/)
    }
  })
})
