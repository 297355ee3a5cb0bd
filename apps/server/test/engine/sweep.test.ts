import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_WORKSPACE_ID } from '../../src/database/schema/workspaces.ts'
import { createCommands } from '../../src/engine/create-engine.ts'
import { sweep } from '../../src/engine/sweep.ts'
import { EnginePlace } from './support/engine-place.ts'

let place: EnginePlace
let runId: string

beforeAll(async () => {
  place = await EnginePlace.make()
  const commands = createCommands(await place.context())
  runId = (await place.createRun(commands, await place.repository())).runId
  await place.rows('delete from graphile_worker._private_jobs')
})
afterAll(() => place.close())

const jobs = async () =>
  (await place.rows<{ key: string }>('select key from graphile_worker.jobs order by key')).map(
    ({ key }) => key,
  )

test('the sweep adds a missing wake-up of a run that is overdue, and none of one that is not', async () => {
  await place.rows(`update runs set next_look_at = now() + interval '1 minute'`)
  expect(await sweep(place.database)).toEqual({ runs: 0, effects: 0 })
  expect(await jobs()).toEqual([])
  await place.rows(`update runs set next_look_at = now() - interval '3 seconds'`)
  await sweep(place.database)
  await sweep(place.database)
  expect(await jobs()).toEqual([`wake:${runId}`])
})

test('the sweep adds the missing job of an effect that is due, and none of one that is not', async () => {
  await place.rows('delete from graphile_worker._private_jobs')
  await place.rows(`update runs set next_look_at = now() + interval '1 minute'`)
  const [due, later] = [uuidv7(), uuidv7()]
  for (const [id, notBefore] of [
    [due, '-1 minute'],
    [later, '1 minute'],
  ]) {
    await place.rows(
      `insert into effects (id, workspace_id, run_id, kind, key, request, not_before)
       values ($1, $2, $3, 'publish', $1::uuid::text, '{}', now() + $4::interval)`,
      ...[id, DEFAULT_WORKSPACE_ID, runId, notBefore],
    )
  }
  await sweep(place.database)
  expect(await jobs()).toEqual([`effect:${due}`])
})
