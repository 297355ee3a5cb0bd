import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { attemptsOf, detailOf, readLog } from './support/facts.ts'
import { Place } from './support/place.ts'
import { processesCalled } from './support/processes.ts'
import { until } from './support/until.ts'
import { change, Workshop } from './support/workshop.ts'

const SCATTER = fileURLToPath(new URL('./agents/scatter.sh', import.meta.url))
const GRACE_MS = 1_000
/** Beyond the grace: the kill, the sweep, the work brought to safety, on a machine that does other things too. */
const SLACK_MS = 4_000

let place: Place

afterEach(async () => {
  await place?.close()
})

test('cancel answers within the grace period, with the state cancelled and none of 200 scattered processes left', async () => {
  place = await Place.make({ OPTIO_STOP_GRACE_MS: String(GRACE_MS) })
  await place.start()
  // A duration nobody else sleeps for: its processes are found by it, whatever they do to their environment.
  const seconds = `7${String(process.pid).padStart(7, '0')}`
  const shop = await Workshop.open(place, { agentCommand: ['sh', SCATTER, '200', seconds] })
  const task = await shop.task({})
  const alive = () => processesCalled(`sleep ${seconds}`).filter(({ name }) => name === 'sleep').length
  await until('200 processes run', () => alive() >= 200, { seen: alive })

  const asked = performance.now()
  const answer = await place.client.tasks.cancel({ params: { id: task.id } })
  const tookMs = performance.now() - asked
  expect(alive()).toBe(0)
  expect(answer.task.state).toBe('cancelled')
  expect((await detailOf(place.client, task.id)).task.state).toBe('cancelled')
  expect(tookMs).toBeLessThan(GRACE_MS + SLACK_MS)
  expect((await attemptsOf(place.client, task.id)).map(({ state }) => state)).toEqual(['stopped'])
  console.log(`cancel of 200 scattered processes: ${Math.round(tookMs)} ms with a grace of ${GRACE_MS} ms`)
})

test('cancel while the environment is prepared ends the setup commands', async () => {
  place = await Place.make()
  await place.start()
  const seconds = `8${String(process.pid).padStart(7, '0')}`
  const shop = await Workshop.open(place, { setupCommands: `setsid sleep ${seconds} & sleep ${seconds}` })
  const task = await shop.task({ any: change() })
  await until('setup runs', () => processesCalled(`sleep ${seconds}`).some(({ name }) => name === 'sleep'))
  const answer = await place.client.tasks.cancel({ params: { id: task.id } })
  expect(answer.task.state).toBe('cancelled')
  expect(processesCalled(`sleep ${seconds}`)).toEqual([])
})

test('cancel while the checks run ends them', async () => {
  place = await Place.make()
  await place.start()
  const seconds = `9${String(process.pid).padStart(7, '0')}`
  const shop = await Workshop.open(place, {
    testCommand: `setsid sleep ${seconds} & sleep ${seconds}`,
    autoMerge: true,
  })
  const task = await shop.task({ any: change() })
  await until('the check runs', () =>
    processesCalled(`sleep ${seconds}`).some(({ name }) => name === 'sleep'),
  )
  const answer = await place.client.tasks.cancel({ params: { id: task.id } })
  expect(answer.task.state).toBe('cancelled')
  expect(processesCalled(`sleep ${seconds}`)).toEqual([])
})

test('cancel is carried out although the server dies while it stops the agent', async () => {
  place = await Place.make({ OPTIO_STOP_GRACE_MS: '3000' })
  await place.start()
  const shop = await Workshop.open(place)
  const task = await shop.task({
    any: [
      ['lines', 1],
      ['sh', 'trap "" TERM; while :; do sleep 1; done'],
    ],
  })
  await until('the agent works', async () =>
    (await readLog(place.client, task.id)).some(({ content }) => content === '#1.1'),
  )
  const cancelling = place.client.tasks.cancel({ params: { id: task.id } }).catch(() => null)
  const database = await place.database()
  await until('the stop is under way', async () => {
    const { rows } = await database.query('select from attempts where stop_requested is not null')
    return rows.length > 0
  })
  await place.server.kill()
  expect(await cancelling).toBeNull()
  await place.start()
  await shop.reaches(task, 'cancelled')
  expect((await attemptsOf(place.client, task.id)).map(({ state }) => state)).toEqual(['stopped'])
})

test('cancel leaves none of the processes of a run without a repository, nor of a review', async () => {
  place = await Place.make({ OPTIO_STOP_GRACE_MS: String(GRACE_MS) })
  await place.start()
  const { tasks, runs } = place.client
  const seconds = `6${String(process.pid).padStart(7, '0')}`
  const alive = () => processesCalled(`sleep ${seconds}`).filter(({ name }) => name === 'sleep').length
  const cancelAtWork = async (id: string) => {
    await until('its 50 processes run', () => alive() >= 50, { seen: alive })
    const { task } = await tasks.cancel({ params: { id } })
    expect(alive()).toBe(0)
    expect(task.state).toBe('cancelled')
    expect((await attemptsOf(place.client, id)).map(({ state }) => state)).toEqual(['stopped'])
  }

  const scatter: [string, ...string[]] = ['sh', SCATTER, '50', seconds]
  const { task: job } = await tasks.create({
    body: { type: 'standalone', name: 'A job', prompt: 'Go.', agentType: 'command', agentCommand: scatter },
  })
  await cancelAtWork((await runs.start({ params: { id: job.id }, body: {} })).runId)

  const commit = 'echo x >answer && git add answer && git commit -qm Answer'
  const either = `if git symbolic-ref -q HEAD >/dev/null; then ${commit}; else exec sh "$0" 50 "$1"; fi`
  // The script is an argument of its own, so that it is shown to the agent wherever it lies.
  const shop = await Workshop.open(place, { agentCommand: ['sh', '-c', either, SCATTER, seconds] })
  const task = await shop.task({})
  await shop.reaches(task, 'pr_opened')
  await cancelAtWork((await tasks.review({ params: { id: task.id } })).reviewTaskId)
  await shop.reaches(task, 'needs_attention')
})
