import { afterAll, beforeAll, expect, test } from 'vitest'
import { EnginePlace, type RunRow, until } from './support/engine-place.ts'

let place: EnginePlace
beforeAll(async () => {
  place = await EnginePlace.make()
})
afterAll(() => place.close())

interface EventRow {
  readonly type: string
  readonly to_state: RunRow['state'] | null
  readonly trigger: string | null
  readonly data: Record<string, unknown>
}

const eventsOf = ({ runId }: { runId: string }) =>
  place.rows<EventRow>(
    'select type, to_state, trigger, data from events where run_id = $1 order by id',
    runId,
  )

const waitsOn = (ref: { runId: string }, on: RunRow['waitingOn']) =>
  until(`it waits on ${on}`, async () => ((await place.run(ref)).waitingOn === on ? true : null))

/** A shell script as an agent; it commits when it is told to. */
const agent = (script: string) => ['sh', '-c', script]
const COMMIT = 'echo done >> file; git add file; git -c user.name=A -c user.email=a@example.org commit -qm x'

test('whom a run waits for is stored at every step, and is nobody when it is finished', async () => {
  const { commands, engine } = await place.start({ maxConcurrent: 1 })
  const slow = await place.repository({ agentCommand: agent('while [ ! -e go ]; do sleep 0.05; done') })
  const first = await place.createRun(commands, slow)
  expect((await place.run(first)).waitingOn).toBe('capacity')
  await place.reaches(first, 'running')
  await waitsOn(first, 'agent')
  const second = await place.createRun(commands, slow)
  const third = await place.createRun(commands, slow, { dependsOn: [second.runId] })
  await waitsOn(second, 'capacity')
  await waitsOn(third, 'dependency')
  await commands.cancel(first, 'test')
  expect(await place.run(first)).toMatchObject({ state: 'cancelled', waitingOn: null })
  await commands.cancel(second, 'test')
  expect(await place.reaches(third, 'failed')).toMatchObject({ waitingOn: null })
  await commands.retry(first, 'test')
  expect(['capacity', 'agent']).toContain((await place.run(first)).waitingOn)
  await commands.cancel(first, 'test')
  await engine.stop()
})

test('a run whose pull request a person has to merge waits for a person', async () => {
  const { commands, engine } = await place.start()
  const run = await place.createRun(commands, await place.repository({ agentCommand: agent(COMMIT) }))
  await place.reaches(run, 'pr_opened')
  await waitsOn(run, 'person')
  const events = await eventsOf(run)
  const told = events.filter(({ type }) => type === 'task:pending_reason')
  expect(told.at(-1)).toMatchObject({
    to_state: null,
    data: { title: 'A task', state: 'pr_opened', waitingOn: 'person' },
  })
  await engine.stop()
})

test('a run that needs attention waits for a person, and its event has what a notification says', async () => {
  const { commands, engine } = await place.start()
  const run = await place.createRun(commands, await place.repository(), { title: 'Mend the roof' })
  expect(await place.reaches(run, 'needs_attention')).toMatchObject({ waitingOn: 'person' })
  const events = await eventsOf(run)
  expect(events.find(({ type }) => type === 'task:created')?.data).toMatchObject({ title: 'Mend the roof' })
  for (const event of events.filter(({ type }) => type === 'task:state_changed')) {
    expect(event.data.title, event.to_state ?? '').toBe('Mend the roof')
  }
  expect(events.find(({ to_state }) => to_state === 'needs_attention')?.data).toEqual({
    title: 'Mend the roof',
    waitingOn: 'person',
    attentionCode: 'no_changes',
  })
  await engine.stop()
})

test('a look fills in what a run of an older Optio waits for', async () => {
  const { commands, engine } = await place.start({ maxConcurrent: 0 })
  const run = await place.createRun(commands, await place.repository())
  await waitsOn(run, 'capacity')
  await place.rows(
    'update runs set waiting_on = null, next_look_at = now() - interval $$1 minute$$ where id = $1',
    run.runId,
  )
  await waitsOn(run, 'capacity')
  await engine.stop()
})

test('a run that merely moves up in the queue is no news', async () => {
  const { commands, engine } = await place.start({ maxConcurrent: 0 })
  const repository = await place.repository()
  const run = await place.createRun(commands, repository)
  await commands.wake(run.runId)
  await until('it was looked at', async () => (await place.run(run)).explanation?.reason === 'global_limit')
  await place.rows('update repositories set max_concurrent_tasks = 1 where id = $1', repository.row.id)
  await place.rows(
    `update runs set explanation = jsonb_set(explanation, '{reason}', '"next_in_line"') where id = $1`,
    run.runId,
  )
  await commands.wake(run.runId)
  await until(
    'it was looked at again',
    async () => (await place.run(run)).explanation?.reason === 'global_limit',
  )
  await commands.pauseStarts('a test', 'test')
  await commands.wake(run.runId)
  await until('it is paused', async () => (await place.run(run)).explanation?.reason === 'paused')
  const told = (await eventsOf(run)).filter(({ type }) => type === 'task:pending_reason')
  expect(told.map(({ trigger }) => trigger)).toEqual(['paused'])
  await commands.unpauseStarts('test')
  await engine.stop()
})

test('the cost of a run is told while it grows, seldom, and to the end', async () => {
  const { commands, engine } = await place.start()
  const usage = (n: number) => JSON.stringify({ type: 'usage', inputTokens: 10, outputTokens: 1, costUsd: n })
  const script = Array.from({ length: 20 }, () => `echo '${usage(0.01)}'; sleep 0.1`).join('; ')
  const run = await place.createRun(
    commands,
    await place.repository({ agentCommand: agent(`${script}; ${COMMIT}`) }),
  )
  await place.reaches(run, 'pr_opened')
  const told = (await eventsOf(run)).filter(({ type }) => type === 'cost:updated')
  expect(told.at(-1)?.data).toEqual({ costUsd: '0.20', inputTokens: 200, outputTokens: 20 })
  expect(told.length).toBeLessThanOrEqual(3)
  await engine.stop()
})
