import { afterEach, expect, test } from 'vitest'
import { Place } from './support/place.ts'
import { until } from './support/until.ts'
import { Workshop } from './support/workshop.ts'

const AGENT = ['sh', '-c', 'sleep 3; echo right >answer && git add answer && git commit -qm Answer']

let place: Place
afterEach(() => place?.close())

test('readers that hold every connection they can get hold up no agent and no pull request', async () => {
  place = await Place.make()
  await place.start()
  const shop = await Workshop.open(place, { agentCommand: AGENT })
  const task = await shop.task({})
  await shop.reaches(task, 'running')
  const database = await place.database()
  const lock = await database.connect()
  try {
    // No search is answered from here on. Each asks for a page of its own: requests for the same one share an answer.
    await lock.query('begin; lock table run_words in access exclusive mode')
    const searches = Array.from({ length: 40 }, (_, n) =>
      fetch(`${place.server.url}/api/tasks?q=answer&limit=${n + 1}`).then(({ status }) => status),
    )
    const answers = Promise.all(searches)
    // Those for which no connection is left are told so: there is none for readers any more.
    expect(await Promise.race(searches)).toBe(503)
    const state = async () => {
      const { rows } = await database.query('select state from runs where id = $1', [task.id])
      return rows[0]?.state
    }
    await until('the pull request is open', async () => (await state()) === 'pr_opened', { seen: state })
    await lock.query('rollback')
    expect((await answers).filter((status) => status === 200).length).toBeGreaterThan(0)
  } finally {
    lock.release(true)
  }
})
