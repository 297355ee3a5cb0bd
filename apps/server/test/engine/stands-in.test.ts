import { afterAll, beforeAll, expect, test } from 'vitest'
import { askForgeAgain } from '../../src/engine/watch/rows.ts'
import { type Hand, type RunRow, until } from './support/engine-place.ts'
import { type GithubEngine, startGithubEngine } from './support/github-engine.ts'

let it: GithubEngine
let hand: Hand
let repository: Awaited<ReturnType<GithubEngine['repository']>>

beforeAll(async () => {
  it = await startGithubEngine()
  hand = await it.place.start({ sweepMs: 3_600_000, watchMs: 30 * 60_000 })
  repository = await it.repository()
})
afterAll(() => it?.close())

async function attemptsOf({ runId }: { runId: string }) {
  return await it.place.rows<{ number: number; reason: string; context: object }>(
    'select number, reason, context from attempts where run_id = $1 order by number',
    runId,
  )
}

/** The run when it is parked for want of a credential after so many attempts. */
async function parkedAfter(run: { runId: string }, count: number): Promise<RunRow> {
  return await until(`it is parked after ${count} attempts`, async () => {
    // In this order: one that is claimed in between is not taken for one that is parked.
    const made = (await attemptsOf(run)).length
    const row = await it.place.run(run)
    const isParked = row.state === 'queued' && row.waitingOn === 'person' && row.notBefore !== null
    return isParked && made === count ? row : null
  })
}

const askAgain = () => it.place.database.transaction(askForgeAgain)

test('an attempt that never began for want of a credential is made again for all it was made for', async () => {
  it.github.revokeToken(it.token)
  const run = await it.createRun(hand.commands, repository.row)
  await parkedAfter(run, 1)
  await askAgain()
  const second = await parkedAfter(run, 2)
  // The pause grows, although each attempt is a first one.
  expect((second.notBefore?.getTime() ?? 0) - Date.now()).toBeGreaterThan(100_000)
  it.github.restoreToken(it.token)
  await askAgain()
  await it.place.reaches(run, 'pr_opened')
  expect((await attemptsOf(run)).map(({ reason }) => reason)).toEqual(['first', 'first', 'first'])

  it.github.revokeToken(it.token)
  await hand.commands.forceRestart(run, { prompt: 'Once more.' }, 'ann')
  await parkedAfter(run, 4)
  await it.place.rows(
    `update runs set next_reason = 'ci_failed', next_context = '{"baseRef":"main"}', not_before = null, auto_resume_count = 1, version = version + 1 where id = $1`,
    run.runId,
  )
  await hand.commands.wake(run.runId)
  const sentBack = await parkedAfter(run, 5)
  expect(sentBack).toMatchObject({ retryCount: 0, autoResumeCount: 1 })
  it.github.restoreToken(it.token)
  await askAgain()
  await until('it is made once more', async () => (await attemptsOf(run)).length === 6)
  expect((await attemptsOf(run)).slice(4)).toEqual([
    { number: 5, reason: 'ci_failed', context: { baseRef: 'main' } },
    { number: 6, reason: 'ci_failed', context: { baseRef: 'main' } },
  ])
})
