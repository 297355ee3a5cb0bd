import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { attemptsOf, readLog } from './support/facts.ts'
import { Place } from './support/place.ts'
import { processesAbout } from './support/processes.ts'
import { readJournal, readViolations, type Script } from './support/scripted.ts'
import { until } from './support/until.ts'
import { change, Workshop } from './support/workshop.ts'

let place: Place

afterEach(async () => {
  await place?.close()
})

const LINES = 120
const SCRIPT: Script = { any: [['lines', LINES, 25], ['sleep', 8_000], ...change()] }

/** Pids of the agent itself; its supervisor has helpers that come and go. */
const agentsOf = (id: string) =>
  processesAbout(join(place.dataDir, 'environments', id))
    .filter(({ name, command }) => name === 'node' && command.includes('scripted.mjs'))
    .map(({ pid }) => pid)

async function working(shop: Workshop, script = SCRIPT) {
  const task = await shop.task(script)
  await until('the agent works', async () =>
    (await readLog(place.client, task.id)).some(({ content }) => content.startsWith('#1.')),
  )
  return task
}

test('a graceful stop leaves agents at work and says so; the next start takes them over without losing a line', async () => {
  place = await Place.make()
  await place.start()
  const shop = await Workshop.open(place)
  const task = await working(shop)
  const before = agentsOf(task.id)
  expect(before).toHaveLength(1)
  const { server } = place
  expect(await server.end('SIGTERM')).toBe(0)
  expect(server.errors()).toMatch(/1 agent.* go(es)? on/)
  expect(agentsOf(task.id)).toEqual(before)
  // The database is Optio's own, so it goes with it.
  expect(processesAbout(join(place.dataDir, 'postgres'))).toEqual([])
  await place.start()
  await shop.reaches(task, 'pr_opened')
  expect((await attemptsOf(place.client, task.id)).map(({ reason, state }) => [reason, state])).toEqual([
    ['first', 'succeeded'],
  ])
  const log = await readLog(place.client, task.id)
  expect(log.filter(({ content }) => content.startsWith('#')).map(({ content }) => content)).toEqual(
    Array.from({ length: LINES }, (_, i) => `#1.${i + 1}`),
  )
  expect(await readViolations(place.home(task.id))).toBe('')
})

test('stop --agents ends the agents, and the next start goes on with their runs', async () => {
  place = await Place.make()
  await place.start()
  const shop = await Workshop.open(place)
  const task = await working(shop, {
    first: [
      ['write', 'half', 'kept\n'],
      ['lines', 1],
      ['sleep', 60_000],
    ],
    restart: [['sh', 'grep -q kept half && rm half'], ...change()],
  })
  const { server } = place
  const stopping = await place.run(['stop', '--agents'])
  expect(stopping).toMatchObject({ code: 0 })
  await until('the server has ended', () => server.child.exitCode !== null)
  expect(server.child.exitCode).toBe(0)
  expect(processesAbout(place.root)).toEqual([])
  await place.start()
  await shop.reaches(task, 'pr_opened')
  expect((await attemptsOf(place.client, task.id)).map(({ reason, state }) => [reason, state])).toEqual([
    ['first', 'stopped'],
    ['restart', 'succeeded'],
  ])
  expect((await readJournal(place.home(task.id))).map(({ what, attempt }) => `${what} ${attempt}`)).toEqual([
    'start 1',
    'start 2',
    'end 2',
  ])
})

test('an Optio that is told to stop while it starts leaves nothing running', async () => {
  place = await Place.make()
  const seen = () => processesAbout(place.root).map(({ name }) => name)
  for (const afterMs of [0, 200, 500]) {
    const starting = place.spawn()
    await until('its database starts', () => seen().includes('postgres') || seen().includes('initdb'), {
      everyMs: 5,
    })
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    starting.child.kill('SIGTERM')
    await starting.ended
    expect(seen()).toEqual([])
  }
})

test('agents that find no Optio for OPTIO_ORPHAN_MS are stopped, and the next start goes on with their runs', async () => {
  place = await Place.make({ OPTIO_ORPHAN_MS: '2000' })
  await place.start()
  const shop = await Workshop.open(place)
  const task = await working(shop, {
    first: [
      ['lines', 1],
      ['sleep', 60_000],
    ],
    restart: change(),
  })
  await place.server.kill()
  await until('its agent is stopped', () => agentsOf(task.id).length === 0, { withinMs: 15_000 })
  await place.start()
  await shop.reaches(task, 'pr_opened')
  expect((await attemptsOf(place.client, task.id)).map(({ reason, state }) => [reason, state])).toEqual([
    ['first', 'stopped'],
    ['restart', 'succeeded'],
  ])
})
