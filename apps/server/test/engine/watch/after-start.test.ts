import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Hand, RunRow } from '../support/engine-place.ts'
import { until } from '../support/engine-place.ts'
import { type GithubEngine, startGithubEngine } from '../support/github-engine.ts'

/** Looks happen because somebody asks for them. */
const RARELY = { sweepMs: 3_600_000, watchMs: 30 * 60_000 }

let it: GithubEngine
let hand: Hand
let repository: Awaited<ReturnType<GithubEngine['repository']>>

beforeAll(async () => {
  it = await startGithubEngine()
  hand = await it.place.start(RARELY)
  repository = await it.repository()
})
afterAll(() => it?.close())

async function parked(run: RunRow | { runId: string }): Promise<RunRow> {
  const runId = 'runId' in run ? run.runId : run.id
  return await until('it is queued and says why', async () => {
    const row = await it.place.run({ runId })
    return row.state === 'queued' && row.waitingOn === 'person' ? row : null
  })
}

test('what waits for a credential is tried at the next start, which may have brought another one; a limit is waited for', async () => {
  const opened = await it.createRun(hand.commands, repository.row)
  await it.place.reaches(opened, 'pr_opened')
  it.github.revokeToken(it.token)
  const waiting = await parked(await it.createRun(hand.commands, repository.row))
  const limited = await parked(await it.createRun(hand.commands, repository.row))
  await hand.engine.stop()
  // As after many tries; the other one was turned away for another reason.
  await it.place.rows(`update runs set not_before = now() + interval '30 minutes' where state = 'queued'`)
  await it.place.rows(
    `update attempts set failure = failure || '{"why":"limited"}' where run_id = $1`,
    limited.id,
  )
  await it.place.rows(
    `update pull_request_watches set silence = 'credential', failures = 6, due_at = now() + interval '30 minutes'`,
  )
  const restored = Date.now()
  it.github.restoreToken(it.token)
  const next = await it.place.start(RARELY)
  await it.place.reaches({ runId: waiting.id }, 'pr_opened')
  const watch = await until('the pull request is looked at', async () => {
    const [found] = (await it.watches()).filter(({ runId }) => runId === opened.runId)
    return found?.failures === 0 ? found : null
  })
  expect(watch).toMatchObject({ silence: null })
  expect(Date.now() - restored).toBeLessThan(60_000)
  const still = await it.place.run({ runId: limited.id })
  expect(still.state).toBe('queued')
  expect((still.notBefore?.getTime() ?? 0) - Date.now()).toBeGreaterThan(25 * 60_000)
  await next.engine.stop()
})
