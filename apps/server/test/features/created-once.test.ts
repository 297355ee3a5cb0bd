import { randomUUID } from 'node:crypto'
import type { Repo } from '@optio/contract'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idempotencyKeys } from '../../src/database/schema/index.ts'
import { repoBlueprint, standaloneTask } from './support/definitions.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
let standaloneId: string
let blueprintId: string
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
  standaloneId = (await standaloneTask(optio)).id
  blueprintId = (await repoBlueprint(optio, repo.repoUrl)).id
})
afterAll(() => optio.close())

/** Each that creates a task, a definition or a run. */
const REQUESTS: Record<string, () => [string, object]> = {
  'a repo-task': () => ['/api/tasks', { prompt: 'x', repoUrl: repo.repoUrl }],
  'a blueprint': () => ['/api/tasks', { type: 'repo-blueprint', prompt: 'x', repoUrl: repo.repoUrl }],
  'a standalone task': () => ['/api/tasks', { type: 'standalone', ...standalone() }],
  'a run of a standalone task': () => [`/api/tasks/${standaloneId}/runs`, { params: { topic: 'x' } }],
  'a run of a blueprint': () => [`/api/tasks/${blueprintId}/runs`, { params: { name: 'x' } }],
  'a job': () => ['/api/jobs', standalone()],
  'a run of a job': () => [`/api/jobs/${standaloneId}/runs`, { params: { topic: 'x' } }],
  'a task config': () => ['/api/task-configs', { prompt: 'x', repoUrl: repo.repoUrl }],
  'a task of a task config': () => [`/api/task-configs/${blueprintId}/run`, { params: { name: 'x' } }],
  'a trigger of a job': () => [`/api/jobs/${standaloneId}/triggers`, { type: 'manual' }],
  'a trigger of a task config': () => [`/api/task-configs/${blueprintId}/triggers`, { type: 'manual' }],
}

function standalone() {
  return { prompt: 'x', agentType: 'command', agentCommand: ['true'] }
}

async function rowCount(): Promise<number> {
  const { rows } = await optio.database.orm.execute<{ n: number }>(sql`
    select ((select count(*) from runs) + (select count(*) from blueprints) + (select count(*) from triggers))::int as n`)
  return rows[0]?.n ?? -1
}

describe('with one Idempotency-Key, also when the process died before it had answered,', () => {
  for (const [what, request] of Object.entries(REQUESTS)) {
    it(`${what} is made once and answered alike`, async () => {
      const key = randomUUID()
      const [path, body] = request()
      const send = () =>
        optio.raw(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify(body),
        })
      const before = await rowCount()
      const first = await send()
      expect(first.status).toBeLessThan(300)
      expect(await rowCount()).toBe(before + 1)
      expect(await send()).toMatchObject({ status: first.status, body: first.body })
      // As if it had been killed between creating and answering.
      await optio.database.orm
        .update(idempotencyKeys)
        .set({ status: null, answer: null, leasedUntil: new Date(0) })
        .where(eq(idempotencyKeys.key, key))
      expect(await send()).toMatchObject({ status: first.status, body: first.body })
      expect(await rowCount()).toBe(before + 1)
    })
  }
})
