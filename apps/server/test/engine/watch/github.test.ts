import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { EngineContext } from '../../../src/engine/context.ts'
import { watchedFacts } from '../../../src/engine/watch/facts.ts'
import { lookAtDue } from '../../../src/engine/watch/look.ts'
import { askForgeAgain, healWatches } from '../../../src/engine/watch/rows.ts'
import type { Hand, RunRow } from '../support/engine-place.ts'
import { until } from '../support/engine-place.ts'
import { type GithubEngine, startGithubEngine, type Watch } from '../support/github-engine.ts'

const MINUTE = 60_000

let it: GithubEngine
let hand: Hand
let repository: Awaited<ReturnType<GithubEngine['repository']>>

/** Looks happen by the tests' own hands, but for those a run asks for itself. */
const ONLY_BY_HAND = { sweepMs: 3_600_000, watchMs: 30 * MINUTE }

beforeAll(async () => {
  it = await startGithubEngine()
  hand = await it.place.start(ONLY_BY_HAND)
  repository = await it.repository()
})
afterAll(() => it?.close())
beforeEach(async () => {
  await it.place.rows(`update pull_request_watches set due_at = now() + interval '1 day'`)
})

/** A run whose pull request waits for a person. */
async function opened(): Promise<RunRow> {
  const ref = await it.createRun(hand.commands, repository.row)
  return await until('its pull request is observed', async () => {
    const run = await it.place.run(ref)
    return run.state === 'pr_opened' && run.waitingOn === 'person' ? run : null
  })
}

async function watchOf(run: RunRow): Promise<Watch> {
  const watch = (await it.watches()).find(({ runId }) => runId === run.id)
  if (!watch) throw new Error('it is not watched')
  return watch
}

async function makeDue(run: RunRow, ago = '1 second'): Promise<void> {
  await it.place.rows(
    `update pull_request_watches set due_at = now() - $2::interval where run_id = $1`,
    run.id,
    ago,
  )
}

const questions = () => it.github.requests.count('POST /graphql')

test('a pull request is watched from its opening to the end of its run, and no longer', async () => {
  const run = await opened()
  expect(await watchOf(run)).toMatchObject({ number: run.prNumber, failures: 0, silence: null })
  expect(run.observation).toMatchObject({ state: 'open', headSha: run.publishedSha })
  expect(run.headSeenAt?.getTime()).toBeLessThanOrEqual(run.observation?.observedAt ?? 0)

  await repository.there.mergePullRequest(run.prNumber ?? 0, 'ann')
  await makeDue(run)
  await lookAtDue(hand.context)
  expect(await it.place.reaches({ runId: run.id }, 'completed')).toMatchObject({
    explanation: { summary: expect.stringContaining('ann') },
  })
  expect((await it.watches()).filter(({ runId }) => runId === run.id)).toEqual([])
})

test('a look that finds nothing new changes nothing of the run but how old its observation is', async () => {
  const run = await opened()
  await makeDue(run)
  expect(await lookAtDue(hand.context)).toMatchObject({ looked: 1 })
  const after = await it.place.run({ runId: run.id })
  expect(after.version).toBe(run.version)
  expect(after.observation?.observedAt).toBeGreaterThan(run.observation?.observedAt ?? 0)
  expect({ ...after.observation, observedAt: 0 }).toEqual({ ...run.observation, observedAt: 0 })
})

test('many are asked for in one request, and what changed is seen by the run it is of', async () => {
  const runs = [await opened(), await opened(), await opened()]
  const [first, second, third] = runs as [RunRow, RunRow, RunRow]
  for (const run of runs) await makeDue(run)
  await repository.there.commit({ branch: second.branch ?? '', files: { 'more.txt': 'more' }, by: 'ann' })
  const before = questions()
  expect(await lookAtDue(hand.context)).toMatchObject({ looked: 3, more: false })
  expect(questions() - before).toBeLessThanOrEqual(3)
  const seen = await it.place.run({ runId: second.id })
  expect(seen.observation?.headSha).not.toBe(second.publishedSha)
  expect(seen.headSeenAt?.getTime()).toBeGreaterThan(second.headSeenAt?.getTime() ?? 0)
  for (const run of [first, third]) {
    expect((await it.place.run({ runId: run.id })).headSeenAt).toEqual(run.headSeenAt)
  }
})

test('of two engines exactly one asks for what is due', async () => {
  // Not started: an engine looks at what is due as it starts.
  const other = await it.place.context(ONLY_BY_HAND)
  const run = await opened()
  await makeDue(run)
  const pause = it.github.faults.pauseAt('POST /graphql', 'before')
  const looks = [lookAtDue(hand.context), lookAtDue(other)]
  await pause.reached()
  expect((await Promise.race(looks)).looked).toBe(0)
  pause.release()
  expect((await Promise.all(looks)).map(({ looked }) => looked).sort()).toEqual([0, 1])
})

test('what was taken by a process that died is due again two minutes later', async () => {
  const run = await opened()
  await makeDue(run)
  const pause = it.github.faults.pauseAt('POST /graphql', 'before')
  const look = lookAtDue(hand.context)
  await pause.reached()
  const { dueIn } = await watchOf(run)
  expect(dueIn).toBeGreaterThan(110_000)
  expect(dueIn).toBeLessThan(121_000)
  pause.release()
  await look
})

test('an error is unknown, never closed: the run says so, keeps what was observed, and goes on when there is an answer', async () => {
  const run = await opened()
  it.github.faults.failAlways('* /graphql', 502)
  await makeDue(run)
  await lookAtDue(hand.context)
  const silent = await until('the run says so', async () => {
    const now = await it.place.run({ runId: run.id })
    return now.explanation?.reason === run.explanation?.reason ? null : now
  })
  expect(silent).toMatchObject({ state: 'pr_opened', observation: { state: 'open' }, waitingOn: 'forge' })
  const watch = await watchOf(run)
  expect(watch).toMatchObject({ silence: 'failing' })
  expect(watch.failures).toBeGreaterThan(0)
  expect(watch.dueIn).toBeGreaterThan(0)

  it.github.faults.clear()
  await makeDue(run)
  await lookAtDue(hand.context)
  await until('it goes on', async () => {
    const now = await it.place.run({ runId: run.id })
    return now.explanation?.reason === run.explanation?.reason
  })
  expect(await watchOf(run)).toMatchObject({ failures: 0, silence: null })
})

test('the sweep adds what nobody watches and removes what is over', async () => {
  const run = await opened()
  await it.place.rows('delete from pull_request_watches where run_id = $1', run.id)
  const [ended] = await it.place.rows<{ id: string }>(
    `update runs set state = 'failed' where id = (
       select run_id from pull_request_watches where run_id <> $1 limit 1) returning id`,
    run.id,
  )
  await healWatches(hand.context.database.orm)
  const watched = (await it.watches()).map(({ runId }) => runId)
  expect(watched).toContain(run.id)
  expect(watched).not.toContain(ended?.id)
})

test('the watch stretches its pauses before it uses what is kept for people', async () => {
  const run = await opened()
  const often = await it.place.context({ watchMs: 30_000 })
  it.github.setRemaining('optio-bot', 'graphql', 1_100, 60 * MINUTE)
  await makeDue(run)
  await lookAtDue(often)
  // 120 looks an hour of 3 points at most, where 100 points are left above the share of people.
  const { dueIn } = await watchOf(run)
  expect(dueIn).toBeGreaterThan(3 * 30_000)
  expect(dueIn).toBeLessThan(5 * 30_000)
  it.github.setRemaining('optio-bot', 'graphql', 5_000)
})

test('after an own push or merge, an observation that shows neither is asked for again, for a minute', async () => {
  const run = await opened()
  const count = async () => {
    const before = questions()
    await watchedFacts(hand.context as Required<EngineContext>, await it.place.run({ runId: run.id }), true)
    return questions() - before
  }
  const asked = (ago: string) =>
    it.place.rows(
      `update pull_request_watches set asked_at = now() - $2::interval, observed_at = now() - interval '2 seconds',
         due_at = now() + interval '1 hour' where run_id = $1`,
      ...[run.id, ago],
    )
  await asked('5 seconds')
  expect(await count()).toBe(0)

  await it.place.rows(`update runs set published_sha = repeat('1', 40) where id = $1`, run.id)
  expect(await count()).toBeGreaterThan(0)
  // It was looked at just now, and the forge says the same.
  expect(await count()).toBe(0)
  await asked('61 seconds')
  expect(await count()).toBe(0)

  await it.place.rows('update runs set published_sha = $2 where id = $1', run.id, run.publishedSha)
  await asked('5 seconds')
  expect(await count()).toBe(0)
  const merged = { kind: 'merge', headSha: run.publishedSha, baseSha: '', method: 'merge' }
  await it.place.rows(
    `insert into effects (id, workspace_id, run_id, kind, key, request, state, done_at) values ($1, $2, $3, 'merge', 'm', $4, 'done', now())`,
    ...[uuidv7(), run.workspaceId, run.id, merged],
  )
  expect(await count()).toBeGreaterThan(0)
})

test('an attempt whose repository cannot be read for want of a credential holds no slot and counts as nothing', async () => {
  const narrow = await it.place.start({ ...ONLY_BY_HAND, maxConcurrent: 1 })
  await hand.engine.stop()
  it.github.revokeToken(it.token)
  const parked = await it.createRun(narrow.commands, repository.row)
  const waiting = await until('it is queued and says why', async () => {
    const run = await it.place.run(parked)
    return run.state === 'queued' && run.waitingOn === 'person' ? run : null
  })
  expect(waiting).toMatchObject({ retryCount: 0, explanation: { reason: 'forge_credential' } })
  expect((waiting.notBefore?.getTime() ?? 0) - Date.now()).toBeGreaterThan(50_000)
  const other = await it.place.repository({
    agentCommand: ['sh', '-c', 'echo x >x && git add x && git commit -qm X'],
  })
  await it.place.reaches(await it.place.createRun(narrow.commands, other), 'pr_opened')

  it.github.restoreToken(it.token)
  await it.place.database.transaction(askForgeAgain)
  await it.place.reaches(parked, 'pr_opened')
  const attempts = await it.place.rows('select from attempts where run_id = $1', parked.runId)
  expect(attempts).toHaveLength(2)
  await narrow.engine.stop()
})

// Its engine sends nothing for five minutes afterwards.
test('a limit holds up the next look until the time it says, and what is known stays known', async () => {
  const limited = await it.place.start(ONLY_BY_HAND)
  const run = await opened()
  it.github.faults.secondaryLimit('* /graphql', { retryAfter: 300 })
  await makeDue(run)
  await lookAtDue(limited.context)
  const watch = await watchOf(run)
  expect(watch).toMatchObject({ silence: 'limited', failures: 1 })
  expect(watch.dueIn).toBeGreaterThan(290_000)
  expect(watch.dueIn).toBeLessThan(301_000)
  await limited.commands.wake(run.id)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect((await it.place.run({ runId: run.id })).explanation).toEqual(run.explanation)
  await limited.engine.stop()
})
