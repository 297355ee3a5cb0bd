import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import type { Task } from '@optio/contract'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { environments } from '../../src/database/schema/index.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let task: Task
beforeAll(async () => {
  optio = await startOptio()
  task = await optio.task((await optio.connected()).repo)
})
afterAll(() => optio.close())

const read = (id = task.id) => optio.client.tasks.environment({ params: { id } })

it('the environment of a task is 404 before there is one, and of a task that is none', async () => {
  expect(await failure(read())).toMatchObject({ status: 404, code: 'ENVIRONMENT_NOT_FOUND' })
  expect(await failure(read(randomUUID()))).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
  expect(await failure(read('nonsense'))).toMatchObject({ status: 400, code: 'VALIDATION' })
})

it('the environment of a task has its path while it is there and on this host', async () => {
  const lastUsedAt = new Date('2026-01-02T03:04:05Z')
  const place = { runId: task.id, workspaceId: task.workspaceId, lastUsedAt, diskBytes: 12_345 }
  await optio.database.orm.insert(environments).values({ ...place, hostId: 'test' })
  const known = {
    kind: 'local',
    branch: task.branch,
    diskBytes: 12_345,
    lastUsedAt: '2026-01-02T03:04:05.000Z',
  }
  expect((await read()).environment).toEqual({ ...known, onThisHost: true, path: null })
  const { clone } = optio.context.workspaces.paths(task.id)
  await mkdir(clone, { recursive: true })
  expect((await read()).environment).toEqual({ ...known, onThisHost: true, path: clone })
  await optio.database.orm
    .update(environments)
    .set({ hostId: 'elsewhere' })
    .where(eq(environments.runId, task.id))
  expect((await read()).environment).toEqual({ ...known, onThisHost: false, path: null })
  await rm(clone, { recursive: true })
})
