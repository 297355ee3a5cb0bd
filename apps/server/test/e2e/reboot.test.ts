import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { clusterOf, crash } from '../support/embedded.ts'
import { attemptsOf, readLog } from './support/facts.ts'
import { Place } from './support/place.ts'
import { killNow, processesAbout } from './support/processes.ts'
import { git } from './support/repository.ts'
import { readViolations } from './support/scripted.ts'
import { until } from './support/until.ts'
import { change, Workshop } from './support/workshop.ts'

let place: Place

afterEach(async () => {
  await place?.close()
})

/** Ends everything at once, without a word to anybody, as the loss of power does. */
async function losePower(): Promise<void> {
  await place.server.kill()
  await crash(clusterOf(place.dataDir))
  await until('nothing runs any more', () => {
    const left = processesAbout(place.root)
    for (const { pid } of left) killNow(pid)
    return left.length === 0
  })
}

/**
 * Makes every record of a process one of an earlier boot. As after many a reboot, the pids are in use again: all are said to
 * be this test's, which lives.
 */
async function bootAnew(): Promise<number> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  let changed = 0
  for (const entry of await readdir(place.dataDir, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || file.startsWith(clusterOf(place.dataDir))) continue
    const text = await readFile(file, 'latin1')
    if (!text.includes(boot)) continue
    const earlier = text
      .replaceAll(boot, '00000000-1111-2222-3333-444444444444')
      .replaceAll(/^(pid|monitor)=\d+$/gm, `$1=${process.pid}`)
    await writeFile(file, earlier, 'latin1')
    changed += 1
  }
  return changed
}

test('after a reboot runs go on from every stage, in the environment they had, and end merged', async () => {
  place = await Place.make()
  await place.start()
  const shop = await Workshop.open(place, {
    testCommand: 'sleep 5; grep -q right answer',
    autoMerge: true,
    maxConcurrentTasks: 2,
  })
  const checking = await shop.task({ any: change('answer', 'right\n') }, { priority: 1 })
  await until('its check runs', async () => {
    const { rows } = await (await place.database()).query(`select from check_runs where status = 'running'`)
    return rows.length > 0
  })
  const other = await Workshop.open(place, {
    testCommand: 'true',
    autoMerge: true,
    maxConcurrentTasks: 1,
  })
  const working = await other.task({
    first: [
      ['usage', '0.25'],
      ['write', 'half', 'done\n'],
      ['lines', 5],
      ['sleep', 60_000],
    ],
    // What was not committed is still there.
    restart: [
      ['usage', '0.5'],
      ['sh', 'grep -q done half'],
      ['commit', 'The whole'],
    ],
  })
  const queued = await other.task({ any: change('later', 'x\n') })
  await until('the agent has done half', async () =>
    (await readLog(place.client, working.id)).some(({ content }) => content === '#1.5'),
  )

  await losePower()
  expect(await bootAnew()).toBeGreaterThan(2)
  await place.start()

  for (const task of [checking, working, queued]) {
    await shop.reaches(task, 'completed', 120_000)
    expect(await readViolations(place.home(task.id))).toBe('')
    const log = await readLog(place.client, task.id)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1))
  }
  const reasons = async (id: string) =>
    (await attemptsOf(place.client, id)).map(
      ({ reason, state, costUsd }) => `${reason} ${state} ${Number(costUsd)}`,
    )
  expect(await reasons(working.id)).toEqual(['first lost 0.25', 'restart succeeded 0.5'])
  expect(await reasons(checking.id)).toEqual(['first succeeded 0'])
  expect(await reasons(queued.id)).toEqual(['first succeeded 0'])
  expect(await git(other.path, 'log', '--format=%s', 'main')).toContain('A task')
})
