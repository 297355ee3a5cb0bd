import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Hand } from '../support/engine-place.ts'
import { type GithubEngine, startGithubEngine } from '../support/github-engine.ts'

let it: GithubEngine
let hand: Hand

beforeAll(async () => {
  it = await startGithubEngine()
  hand = await it.place.start()
})
afterAll(() => it?.close())

test('smoke', async () => {
  const { row, there } = await it.repository()
  const ref = await it.createRun(hand.commands, row)
  const run = await it.place.reaches(ref, 'pr_opened', 'needs_attention', 'failed').catch(async (e) => { console.log(await it.place.run(ref), await it.place.rows('select * from effects'), await it.place.rows('select * from attempts'), await it.place.rows('select content from log_entries')); throw e })
  console.log(run.state, run.errorMessage, run.explanation, run.observation, await it.watches())
  expect(run.state).toBe('pr_opened')
  await new Promise((r) => setTimeout(r, 3000))
  const run2 = await it.place.run(ref)
  console.log(run2.explanation, run2.observation, await it.watches(), [...it.github.requests].map((r) => `${r.method} ${r.path} ${r.status} ${r.cost}`))
  await there.mergePullRequest(run.prNumber ?? 0, 'ann')
  await it.place.rows('update pull_request_watches set due_at = now()')
  console.log(await it.place.reaches(ref, 'completed'))
})
