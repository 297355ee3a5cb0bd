import { OptioError } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCommands } from '../../src/engine/create-engine.ts'
import type { EngineCommands, RunRef } from '../../src/engine/engine.ts'
import { seededRandom, testSeed } from '../e2e/support/random.ts'
import { EnginePlace } from './support/engine-place.ts'

let place: EnginePlace
/** Each with connections of its own, as processes have. */
let hands: EngineCommands[]
let repository: Awaited<ReturnType<EnginePlace['repository']>>

beforeAll(async () => {
  place = await EnginePlace.make()
  hands = []
  for (let n = 0; n < 3; n += 1) hands.push(createCommands(await place.context()))
  repository = await place.repository()
})
afterAll(() => place.close())

/** Pairs of runs each of which waits for the other, over whatever is between them. */
async function runsThatWaitForThemselves(): Promise<number> {
  const { rows } = await place.database.orm.execute<{ n: number }>(sql`
    with recursive edge(a, b) as materialized (
      select run_id, depends_on_id from run_dependencies
      union select parent_run_id, id from runs where blocks_parent
    ), path(a, b) as (
      select a, b from edge union select path.a, edge.b from path join edge on edge.a = path.b
    )
    select count(*)::int as n from path where a = b`)
  return rows[0]?.n ?? -1
}

async function edges(): Promise<number> {
  const [row] = await place.rows<{ n: number }>('select count(*)::int as n from run_dependencies')
  return row?.n ?? 0
}

/** What a person asks for at the same time as others: refusals are answers, anything else is a failure of the test. */
async function ask(what: () => Promise<unknown>): Promise<boolean> {
  try {
    await what()
    return true
  } catch (error) {
    if (error instanceof OptioError && error.code === 'DEPENDENCY_CYCLE') return false
    throw error
  }
}

const seed = testSeed()

test(`dependencies that are added at once from several connections never end in a circle (OPTIO_TEST_SEED=${seed})`, async () => {
  const random = seededRandom(seed)
  const [main] = hands
  if (!main) throw new Error('there is nobody to ask')
  const refs: RunRef[] = []
  const anyOf = () => {
    const ref = refs[random.below(refs.length)]
    if (!ref) throw new Error('there is no run')
    return ref
  }
  for (let n = 0; n < 8; n += 1) refs.push(await place.createRun(main, repository))
  // Some hold another: a part that was made under it.
  for (let n = 0; n < 3; n += 1) {
    const parent = anyOf()
    refs.push(
      await place.createRun(main, repository, {
        parent: { runId: parent.runId, taskType: 'child', blocksParent: true, order: null },
      }),
    )
  }
  const before = await edges()
  let refused = 0
  for (let round = 0; round < 6; round += 1) {
    const asked = Array.from({ length: 9 }, (_, n) => {
      const hand = hands[n % hands.length] ?? main
      const ref = anyOf()
      const wanted = [anyOf().runId, anyOf().runId]
      return ask(() => hand.addDependencies(ref, wanted, 'test'))
    })
    refused += (await Promise.all(asked)).filter((done) => !done).length
    expect(await runsThatWaitForThemselves()).toBe(0)
  }
  // Otherwise nothing was tried that could have gone wrong.
  expect(refused).toBeGreaterThan(0)
  expect(await edges()).toBeGreaterThan(before)
})

test('of two that would close a circle together, without a task in common, exactly one is refused', async () => {
  const [a, b] = hands
  if (!a || !b) throw new Error('there is nobody to ask')
  const run = (...dependsOn: RunRef[]) =>
    place.createRun(a, repository, { dependsOn: dependsOn.map(({ runId }) => runId) })
  for (let round = 0; round < 10; round += 1) {
    const [first, third] = [await run(), await run()]
    const [second, fourth] = [await run(third), await run(first)]
    const done = await Promise.all([
      ask(() => a.addDependencies(first, [second.runId], 'test')),
      ask(() => b.addDependencies(third, [fourth.runId], 'test')),
    ])
    expect(done.filter((each) => each)).toHaveLength(1)
  }
  expect(await runsThatWaitForThemselves()).toBe(0)
})

test('a part that holds its parent and depends on what waits for the parent is refused when it is made', async () => {
  const [main] = hands
  if (!main) throw new Error('there is nobody to ask')
  const parent = await place.createRun(main, repository)
  const waiting = await place.createRun(main, repository, { dependsOn: [parent.runId] })
  const part = (blocksParent: boolean) =>
    ask(() =>
      place.createRun(main, repository, {
        dependsOn: [waiting.runId],
        parent: { runId: parent.runId, taskType: 'child', blocksParent, order: null },
      }),
    )
  expect(await part(true)).toBe(false)
  expect(await part(false)).toBe(true)
})
