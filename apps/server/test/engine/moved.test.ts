import { afterAll, beforeAll, expect, test } from 'vitest'
import { watchPullRequests } from '../../src/engine/watch/moved.ts'
import { type ConnectedRepository, EnginePlace, type Hand, until } from './support/engine-place.ts'

const AGENT = [
  'sh',
  '-c',
  'echo right >"$(git branch --show-current | tr / -)" && git add . && git commit -qm "Answer"',
]

let place: EnginePlace
let hand: Hand
let repository: ConnectedRepository

beforeAll(async () => {
  place = await EnginePlace.make()
  // The test watches by its own hand.
  hand = await place.start({ sweepMs: 3_600_000 })
  repository = await place.repository({ agentCommand: AGENT })
})
afterAll(() => place.close())

/** A run whose pull request waits for a person, with nothing left to do. */
async function waiting() {
  const ref = await place.createRun(hand.commands, repository)
  return await until('it waits for a person', async () => {
    const run = await place.run(ref)
    return run.state === 'pr_opened' && run.waitingOn === 'person' ? run : null
  })
}

test('runs whose pull requests wait for a person are looked at when a branch moves, and seldom while none does', async () => {
  const runs = [await waiting(), await waiting()]
  const [first, second] = runs as [(typeof runs)[0], (typeof runs)[0]]
  for (const { nextLookAt } of runs) expect(Number(nextLookAt)).toBeGreaterThan(Date.now() + 240_000)
  expect(await watchPullRequests(hand.context)).toBe(0)

  // A person merges the first by hand: its own head stands, and the base of both moved.
  await repository.git.git('merge', '-q', '--ff-only', first.branch ?? '')
  expect(await watchPullRequests(hand.context)).toBe(2)
  await place.reaches({ runId: first.id }, 'completed')
  await until('the other is seen on its new base', async () => {
    const { observation } = await place.run({ runId: second.id })
    return observation?.baseSha === first.publishedSha
  })
  expect(await watchPullRequests(hand.context)).toBe(0)

  // What gave no answer has its own time at which it is asked again.
  await repository.git.git('branch', '-D', second.branch ?? '')
  await place.rows('update runs set observation_failures = 1 where id = $1', second.id)
  expect(await watchPullRequests(hand.context)).toBe(0)
  await place.rows('update runs set observation_failures = 0 where id = $1', second.id)
  expect(await watchPullRequests(hand.context)).toBe(1)
  await place.reaches({ runId: second.id }, 'failed')
  expect(await watchPullRequests(hand.context)).toBe(0)
})
