import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from '@optio/contract'
import { afterEach, expect, test } from 'vitest'
import { attemptsOf, awaitWords, detailOf, readLog } from './support/facts.ts'
import { Place } from './support/place.ts'
import { git } from './support/repository.ts'
import { until } from './support/until.ts'
import { change, Workshop } from './support/workshop.ts'

const asRoot = process.getuid?.() === 0 && process.platform === 'linux'
/** Without root there is no way to have a small disk. */
const rootTest = asRoot ? test : test.skip
const reason = asRoot ? '' : ' (SKIPPED: only root can mount a small disk)'

const DISK = '400m'

let place: Place
let mounted: string | null = null

afterEach(async () => {
  if (mounted) rmSync(join(mounted, 'filler'), { force: true })
  await place?.stop()
  if (mounted) execFileSync('umount', ['--lazy', mounted])
  mounted = null
  await place?.close()
})

async function smallDisk(env: Readonly<Record<string, string>>): Promise<void> {
  place = await Place.make(env)
  mkdirSync(place.dataDir)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=755`, 'tmpfs', place.dataDir])
  mounted = place.dataDir
}

/** Fills the disk until not a byte more goes in. */
function fill(): void {
  const descriptor = openSync(join(place.dataDir, 'filler'), 'a')
  for (let bytes = 1 << 20; bytes >= 1; bytes >>= 1) {
    const block = Buffer.alloc(bytes)
    try {
      for (;;) if (writeSync(descriptor, block) < bytes) break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  closeSync(descriptor)
}

function free(): void {
  rmSync(join(place.dataDir, 'filler'))
}

const freeBytes = () => {
  const { bavail, bsize } = statfsSync(place.dataDir)
  return bavail * bsize
}

async function checkEverything(ids: readonly string[], path: string): Promise<void> {
  for (const id of ids) {
    const log = await readLog(place.client, id)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1))
  }
  expect(await git(path, 'fsck', '--strict')).toBe('')
  expect(await git(path, 'status', '--porcelain')).toBe('')
  const database = await place.database()
  await database.query('checkpoint').catch(() => undefined) // only a superuser may; reading everything is what counts
  for (const table of ['runs', 'attempts', 'log_entries', 'events', 'effects', 'pull_requests']) {
    await database.query(`select count(*) from (select * from ${table}) all_of_it`)
  }
}

/** Leaves this many bytes. */
function fillUpTo(bytes: number): void {
  const descriptor = openSync(join(place.dataDir, 'filler'), 'a')
  for (const block = Buffer.alloc(1 << 20); freeBytes() > bytes; ) writeSync(descriptor, block)
  closeSync(descriptor)
}

const reasons = async (id: string) =>
  (await attemptsOf(place.client, id)).map(({ reason: why, state }) => `${why} ${state}`)

rootTest(
  `below OPTIO_MIN_FREE_BYTES nothing new starts, which it says, until there is room${reason}`,
  async () => {
    await smallDisk({ OPTIO_MIN_FREE_BYTES: String(64 << 20) })
    await place.start()
    const shop = await Workshop.open(place, { testCommand: 'grep -q right answer', autoMerge: true })
    fillUpTo(32 << 20)
    const task = await shop.task({ any: change() })
    expect(await awaitWords(place.client, task.id, /disk has only \d+ MiB left/, 10_000)).toContain('room')
    expect(await reasons(task.id)).toEqual([])
    free()
    await shop.reaches(task, 'completed')
    await checkEverything([task.id], shop.path)
  },
)

rootTest(
  `with room for the database but not for a clone, an attempt says that it waits for room, and goes on${reason}`,
  async () => {
    await smallDisk({ OPTIO_MIN_FREE_BYTES: '0' })
    await place.start()
    const big = randomBytes(20 << 20).toString('latin1')
    const shop = await Workshop.open(place, { testCommand: 'grep -q right answer', autoMerge: true }, { big })
    // The mirror is there already; a clone needs as much again, twice.
    const first = await shop.task({ any: change() })
    await shop.reaches(first, 'completed')
    fillUpTo(8 << 20)
    const task = await shop.task({ any: change('more', 'x\n') })
    await until(
      'it says that there is no room',
      async () =>
        (await attemptsOf(place.client, task.id)).some(({ errorMessage }) => /full/.test(errorMessage ?? '')),
      {
        seen: async () => [
          freeBytes(),
          await detailOf(place.client, task.id),
          await attemptsOf(place.client, task.id),
        ],
      },
    )
    await awaitWords(place.client, task.id, /disk .* full/i, 10_000)
    free()
    await shop.reaches(task, 'completed')
    expect(await reasons(task.id)).toEqual(['first succeeded'])
    await checkEverything([first.id, task.id], shop.path)
  },
)

rootTest(
  `a disk without a single byte left loses nothing, and all work goes on when there is room${reason}`,
  async () => {
    await smallDisk({ OPTIO_MIN_FREE_BYTES: '0' })
    await place.start()
    const shop = await Workshop.open(place, {
      testCommand: 'sleep 1; grep -q right answer',
      autoMerge: true,
      maxConcurrentTasks: 3,
    })
    const tasks: Task[] = []
    for (const name of ['first', 'second', 'third']) {
      const script = { any: [['lines', 40, 50], ['write', 'answer', 'right\n'], ...change(name)] as const }
      tasks.push(await shop.task(script, { title: `Task ${name}` }))
    }
    await until('agents work', async () =>
      (await Promise.all(tasks.map(({ id }) => readLog(place.client, id)))).every((log) =>
        log.some(({ content }) => content === '#1.3'),
      ),
    )
    fill()
    const { server } = place
    const answers: string[] = []
    for (const end = performance.now() + 8_000; performance.now() < end; await sleep(250)) {
      if (freeBytes() > 0) fill()
      const response = await fetch(`${server.url}/api/tasks`).catch((error: unknown) => ({
        status: String(error),
      }))
      answers.push(String(response.status))
    }
    expect(server.child.exitCode).toBeNull()
    expect(answers.filter((status) => status !== '200' && status !== '503')).toEqual([])
    free()
    for (const task of tasks) await shop.reaches(task, 'completed', 120_000)
    expect(server.child.exitCode).toBeNull()
    await checkEverything(
      tasks.map(({ id }) => id),
      shop.path,
    )
  },
)
