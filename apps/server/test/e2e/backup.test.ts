import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Task } from '@optio/contract'
import { afterEach, expect, test } from 'vitest'
import { createBackup, restoreBackup } from '../../src/backup/index.ts'
import { testDatabase } from '../support/postgres.ts'
import { attemptsOf, detailOf } from './support/facts.ts'
import { Place } from './support/place.ts'
import { git } from './support/repository.ts'
import { until } from './support/until.ts'
import { change, Workshop } from './support/workshop.ts'

const places: Place[] = []

async function newPlace(env: Readonly<Record<string, string>> = {}): Promise<Place> {
  const place = await Place.make(env)
  places.push(place)
  return place
}

afterEach(async () => {
  for (const place of places.splice(0).reverse()) await place.close()
})

const silent = () => undefined
const installation = (place: Place, databaseUrl: string | null = null) => ({
  dataDir: place.dataDir,
  databaseUrl,
})

async function logOf(place: Place, task: Task): Promise<string[]> {
  const { logs } = await place.client.logs.list({ params: { id: task.id }, query: { limit: 10_000 } })
  return logs.map(({ seq, content }) => `${seq} ${content}`)
}

test('a backup taken under load has everything, and a task that was running goes on where it is restored', async () => {
  const place = await newPlace()
  await place.start()
  const workshop = await Workshop.open(place, { autoMerge: true, testCommand: 'true' })
  const merged = await workshop.task({ first: [['usage', '0.25', 10, 20], ...change('merged')] })
  await workshop.reaches(merged, 'completed')
  const running = await workshop.task({
    first: [
      ['write', 'kept', 'un-pushed\n'],
      ['commit', 'Un-pushed'],
      ['usage', '0.5'],
      ['lines', 2000, 10],
    ],
    restart: [['say', 'goes on'], ...change('finished')],
  })
  await until('it writes', async () => (await logOf(place, running)).length > 100)

  const file = join(place.root, 'backup.tgz')
  const summary = await createBackup(installation(place), { file, pausedForBackup: false, say: silent })
  expect(summary.rows).toBeGreaterThan(100)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  // A second one does not write over it.
  await expect(
    createBackup(installation(place), { file, pausedForBackup: false, say: silent }),
  ).rejects.toMatchObject({ code: 'CONFLICT' })
  // It was made while Optio worked, and did not disturb the agent.
  expect((await detailOf(place.client, running.id)).task.state).toBe('running')
  const before = await logOf(place, running)

  const other = await newPlace()
  await restoreBackup(installation(other), file, silent)
  await expect(restoreBackup(installation(other), file, silent)).rejects.toMatchObject({ code: 'CONFLICT' })
  await other.start()
  const { tasks } = await other.client.tasks.list()
  expect(tasks.map(({ id }) => id)).toEqual([running.id, merged.id])
  expect(await logOf(other, merged)).toEqual(await logOf(place, merged))
  expect((await detailOf(other.client, merged.id)).task).toMatchObject({
    costUsd: expect.stringMatching(/^0\.25/),
    prState: 'merged',
  })
  expect(await git(other.clone(running.id), 'log', '--format=%s')).toContain('Un-pushed')

  const finished = await until('it goes on', async () => {
    const { task } = await detailOf(other.client, running.id)
    return task.state === 'completed' ? task : null
  })
  expect(Number(finished.costUsd)).toBeGreaterThanOrEqual(0.5)
  expect((await attemptsOf(other.client, running.id)).map(({ reason, state }) => [reason, state])).toEqual([
    ['first', 'lost'],
    ['restart', 'succeeded'],
  ])
  // What the copy has of the first attempt is what was written, line by line, from the first on.
  const after = (await logOf(other, running)).filter((line) => /#1\.\d+$/.test(line))
  const written = before.filter((line) => /#1\.\d+$/.test(line)).map((line) => line.split(' ')[1])
  expect(after.length).toBeGreaterThan(90)
  expect(after.map((line) => line.split(' ')[1])).toEqual(Array.from(after, (_, i) => `#1.${i + 1}`))
  expect(written.slice(0, 90)).toEqual(after.slice(0, 90).map((line) => line.split(' ')[1]))
  // The agent of the original lives: the copy has left it alone.
  expect((await detailOf(place.client, running.id)).task.state).toBe('running')
  expect(await git(workshop.path, 'show', 'main:kept')).toBe('un-pushed')
})

test('a backup of an embedded database can be restored into one of DATABASE_URL, and back', async () => {
  const place = await newPlace()
  await place.start()
  const workshop = await Workshop.open(place)
  const task = await workshop.task({ first: [['say', 'hello\\tworld \\N \u001b[1m'], ...change()] })
  await workshop.reaches(task, 'pr_opened')
  await place.server.end()
  // Also while nothing runs.
  const file = join(place.root, 'stopped.tgz')
  await createBackup(installation(place), { file, pausedForBackup: false, say: silent })

  const store = await testDatabase({ empty: true })
  try {
    const url = { DATABASE_URL: store.url }
    const second = await newPlace(url)
    await restoreBackup(installation(second, store.url), file, silent)
    await second.start()
    const log = await logOf(second, task)
    expect(log.join('\n')).toContain('hello\\tworld \\N \u001b[1m')
    await expect(restoreBackup(installation(second, store.url), file, silent)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    const { task: again } = await second.client.tasks.create({
      body: { prompt: 'x', repoUrl: workshop.path },
    })
    await second.client.tasks.cancel({ params: { id: again.id } })

    const back = join(place.root, 'back.tgz')
    await createBackup(installation(second, store.url), { file: back, pausedForBackup: false, say: silent })
    const third = await newPlace()
    await restoreBackup(installation(third), back, silent)
    await third.start()
    expect(await logOf(third, task)).toEqual(log)
    expect((await third.client.tasks.list()).tasks.map(({ id }) => id)).toEqual([again.id, task.id])
    await second.stop()
  } finally {
    await store.drop()
  }
})

test('a restore that fails half way leaves nothing behind', async () => {
  const place = await newPlace()
  await place.start()
  await Workshop.open(place)
  const file = join(place.root, 'backup.tgz')
  await createBackup(installation(place), { file, pausedForBackup: false, say: silent })
  const other = await newPlace()
  const bytes = await readFile(file)
  const cut = join(place.root, 'cut.tgz')
  await writeFile(cut, bytes.subarray(0, bytes.length - 2000))
  await expect(restoreBackup(installation(other), cut, silent)).rejects.toMatchObject({ code: 'BACKUP' })
  expect(await readdir(other.root)).not.toContain('data')
  // Something of somebody else's is in the way.
  const third = await newPlace()
  await mkdir(join(third.dataDir, 'mirrors', 'mine'), { recursive: true })
  await expect(restoreBackup(installation(third), file, silent)).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(await readdir(join(third.dataDir, 'mirrors'))).toEqual(['mine'])
  expect((await readdir(third.dataDir)).filter((name) => name.startsWith('.restore'))).toEqual([])
  await third.start()
  expect((await third.client.repos.list()).repos).toEqual([])
})
