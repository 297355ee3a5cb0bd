import { randomUUID } from 'node:crypto'
import type { Repo } from '@optio/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { placeOf } from '../../src/features/newest-first.ts'
import { createDeepOffsets } from '../../src/features/tasks/deep-offset.ts'
import { listAllQuery, listTasksQuery, type TaskFilter } from '../../src/features/tasks/list-query.ts'
import { encodeCursor } from '../../src/http/cursor.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
  for (let n = 0; n < 12; n += 1) {
    const { id } = await optio.task(repo, { title: `Task ${n}`, prompt: 'p' })
    if (n % 4 === 0) await optio.client.tasks.cancel({ params: { id } })
    if (n % 3 > 0) continue
    await optio.client.tasks.create({
      body: {
        type: 'standalone',
        name: `Definition ${n}`,
        prompt: 'p',
        agentType: 'command',
        agentCommand: ['true'],
      },
    })
  }
})
afterAll(() => optio.close())

const page = { limit: 2, wholePrompts: false, none: false }

/** What is listed with the clock at a moment, beside what the list says without any remembering. */
function lists(query: typeof listTasksQuery | typeof listAllQuery) {
  const clock = { now: 0, readings: 0 }
  const list = (workspaceId: string, filter: TaskFilter): Promise<{ place: number; id: string }[]> => {
    clock.readings += 1
    return (async () => await query(optio.database.orm, workspaceId, filter))()
  }
  const near = createDeepOffsets(list, { step: 3, now: () => clock.now })
  const asked = async (filter: object, workspaceId = repo.workspaceId) =>
    await list(workspaceId, await near(workspaceId, { ...page, ...filter }))
  const counted = async (filter: object) => await list(repo.workspaceId, { ...page, ...filter })
  return { clock, asked, counted }
}

test('a page far into a list is the one that counting from its start finds, whatever is listed, also past its end', async () => {
  for (const query of [listTasksQuery, listAllQuery]) {
    const { asked, counted } = lists(query)
    for (const filter of [{}, { states: ['cancelled'] }, { agentType: 'command' }, { words: 'task' }]) {
      for (let offset = 0; offset < 20; offset += 1) {
        expect(await asked({ ...filter, offset })).toEqual(await counted({ ...filter, offset }))
      }
    }
  }
})

test('a page after a cursor is counted from the cursor, and one of another workspace from its own start', async () => {
  for (const query of [listTasksQuery, listAllQuery]) {
    const { asked, counted, clock } = lists(query)
    const [first] = await counted({})
    const cursor = first && encodeCursor(placeOf(first))
    expect(await asked({ cursor, offset: 5 })).toEqual((await counted({ offset: 6 })).slice(0, 3))
    await asked({ offset: 5 })
    clock.readings = 0
    expect(await asked({ offset: 5 }, randomUUID())).toEqual([])
    expect(clock.readings).toBe(2)
  }
})

test('what a page is counted from is read once a second, and lags by no more', async () => {
  const { clock, asked, counted } = lists(listTasksQuery)
  const before = await counted({ offset: 7 })
  expect(await asked({ offset: 7 })).toEqual(before)
  const { id } = await optio.task(repo, { title: 'One more', prompt: 'p' })
  clock.now = 999
  expect(await asked({ offset: 7 })).toEqual(before)
  clock.readings = 0
  expect(await asked({ offset: 6 })).toHaveLength(3)
  expect(clock.readings).toBe(1)
  clock.now = 1_000
  expect(await asked({ offset: 7 })).toEqual(await counted({ offset: 7 }))
  expect(await counted({ offset: 7 })).not.toEqual(before)
  // The start of the list never lags.
  expect((await asked({ offset: 0 }))[0]?.id).toBe(id)
})
