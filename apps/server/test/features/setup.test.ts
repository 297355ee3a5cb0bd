import type { SetupStatus } from '@optio/contract'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { repositories } from '../../src/database/schema/index.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio()
})
afterAll(() => optio.close())

const done = ({ steps }: SetupStatus) =>
  Object.entries(steps).flatMap(([name, step]) => (step.done ? [name] : []))

it('the first steps are done as they are done, and finishing them again changes nothing', async () => {
  const status = () => optio.client.setup.status()
  const first = await status()
  expect(first.isSetUp).toBe(false)
  expect(done(first)).toEqual([])
  expect(Object.values(first.steps).every(({ label }) => label !== '')).toBe(true)
  // A command is an agent once a repository says which.
  const { repo } = await optio.connected({ agentCommand: null })
  expect(done(await status())).toEqual(['repository'])
  const other = await optio.connected()
  expect(done(await status())).toEqual(['repository', 'agent'])
  await optio.task(other.repo)
  expect(done(await status())).toEqual(['repository', 'agent', 'task'])
  expect(await optio.client.setup.complete()).toEqual({ ok: true })
  const completedAt = async () =>
    (await optio.database.pool.query('select setup_completed_at from installation')).rows[0]
  const at = await completedAt()
  expect(await optio.client.setup.complete()).toEqual({ ok: true })
  expect(await completedAt()).toEqual(at)
  const last = await status()
  expect(last.isSetUp).toBe(true)
  expect(done(last)).toEqual(['repository', 'agent', 'task', 'completed'])
  // What is done can be undone; the setup stays finished.
  await optio.database.orm
    .update(repositories)
    .set({ disconnectedAt: new Date() })
    .where(eq(repositories.workspaceId, repo.workspaceId))
  expect(done(await status())).toEqual(['task', 'completed'])
})
