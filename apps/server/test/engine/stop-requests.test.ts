import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EngineContext } from '../../src/engine/context.ts'
import { EnginePlace, type Hand, until } from './support/engine-place.ts'

let place: EnginePlace

beforeAll(async () => {
  place = await EnginePlace.make()
})
afterAll(() => place.close())

/** Something real that does not go on before it is told to. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

const TOO_LONG_MS = 5_000

/** An engine whose mirrors are refreshed only when the gate is open, as with a repository that takes minutes to fetch. */
async function slowToFetch(): Promise<{ hand: Hand; fetching: () => boolean; open: () => void }> {
  const { opened, open } = gate()
  let fetching = false
  const hand = await place.start({}, (context: EngineContext) => ({
    ...context,
    workspaces: {
      ...context.workspaces,
      async refreshMirror(repository) {
        fetching = true
        await opened
        await context.workspaces.refreshMirror(repository)
      },
    },
  }))
  return { hand, fetching: () => fetching, open }
}

test('a cancel does not wait for a repository that is being fetched', async () => {
  const { hand, fetching, open } = await slowToFetch()
  const run = await place.createRun(hand.commands, await place.repository())
  await until('the repository is being fetched', async () => fetching())
  const begun = performance.now()
  await hand.commands.cancel(run, 'ann')
  expect(performance.now() - begun).toBeLessThan(TOO_LONG_MS)
  expect((await place.run(run)).state).toBe('cancelled')
  open()
  await hand.engine.stop()
})

test('an Optio that stops does not wait for a repository that is being fetched, and the next one goes on', async () => {
  const { hand, fetching, open } = await slowToFetch()
  const run = await place.createRun(hand.commands, await place.repository())
  await until('the repository is being fetched', async () => fetching())
  const begun = performance.now()
  await hand.engine.stop()
  expect(performance.now() - begun).toBeLessThan(TOO_LONG_MS)
  open()
  const next = await place.start()
  expect((await place.reaches(run, 'needs_attention')).attentionCode).toBe('no_changes')
  await next.engine.stop()
})

test('an agent that ends with 0 when it was to be stopped has not succeeded', async () => {
  // The engine does not hear of the end by itself, so that the request to stop meets an agent that has ended already.
  const hand = await place.start({}, (context) => ({
    ...context,
    runtime: {
      ...context.runtime,
      waitForEnd: (dir, signal) =>
        dir.endsWith('/agent') ? new Promise(() => undefined) : context.runtime.waitForEnd(dir, signal),
    },
  }))
  const repository = await place.repository({ agentCommand: ['sh', '-c', 'echo left >uncommitted'] })
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'running')
  const agent = hand.context.workspaces.paths(run.runId).stepDir(1, 'agent')
  await until('the agent has ended', () => readFile(join(agent, 'ctl', 'exit'), 'utf8').catch(() => null))
  await place.rows(`update attempts set stop_requested = 'budget' where run_id = $1`, run.runId)
  expect((await place.reaches(run, 'needs_attention')).attentionCode).toBe('budget_reached')
  expect(await place.rows('select state, stop_reason from attempts where run_id = $1', run.runId)).toEqual([
    { state: 'stopped', stop_reason: 'budget' },
  ])
  await hand.engine.stop()
})

test('a budget that is set while the agent works stops it at its next report', async () => {
  const hand = await place.start()
  const report = `echo '{"type":"usage","inputTokens":1,"outputTokens":1,"costUsd":"2.00"}'`
  const wait = 'while [ ! -e "$HOME/go" ]; do sleep 0.05; done'
  const script = `${wait}; ${report}; sleep 60`
  const run = await place.createRun(
    hand.commands,
    await place.repository({ agentCommand: ['sh', '-c', script] }),
  )
  await place.reaches(run, 'running')
  await hand.commands.edit(run, { budgetUsd: '1.00' }, 'ann')
  const { home } = hand.context.workspaces.paths(run.runId)
  await writeFile(join(home, 'go'), '')
  expect((await place.reaches(run, 'needs_attention')).attentionCode).toBe('budget_reached')
  await hand.engine.stop()
})
