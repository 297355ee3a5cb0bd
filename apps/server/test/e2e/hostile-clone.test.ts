import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { attemptsOf } from './support/facts.ts'
import { Place } from './support/place.ts'
import { git } from './support/repository.ts'
import { Workshop } from './support/workshop.ts'

const HOSTILE = fileURLToPath(new URL('./agents/hostile.sh', import.meta.url))

let place: Place

afterEach(async () => {
  await place?.close()
})

test('a clone with hostile configuration, hooks, attributes and aliases runs nothing outside the isolation, from clone to merge', async () => {
  place = await Place.make()
  await place.start()
  const shop = await Workshop.open(place, {
    testCommand: 'grep -q right answer',
    autoMerge: true,
    mergeMethod: 'merge',
  })
  const mirror = join(place.dataDir, 'mirrors', `${shop.repo.id}.git`)
  // An agent that leaves a file uncommitted, one that is sent back, one that rebases: each makes Optio look into the clone.
  const task = await shop.task({
    first: [
      ['sh', `sh ${HOSTILE} wrong`],
      ['write', 'forgotten', 'a\n'],
    ],
    resume: [
      ['sh', 'git -c core.fsmonitor=false -c core.hooksPath=/dev/null add --all'],
      ['sh', 'git -c core.fsmonitor=false -c core.hooksPath=/dev/null commit --quiet -m More'],
    ],
    ci_failed: [['sh', `sh ${HOSTILE} right`]],
  })
  await shop.reaches(task, 'completed', 120_000)
  expect((await attemptsOf(place.client, task.id)).map(({ reason, state }) => `${reason} ${state}`)).toEqual([
    'first succeeded',
    'resume succeeded',
    'ci_failed succeeded',
  ])
  expect(await git(shop.path, 'show', 'main:answer')).toBe('right')
  expect(await git(shop.path, 'status', '--porcelain')).toBe('')
  await place.client.pullRequests.get({ params: { id: task.id } })

  const outside = await readlink('/proc/self/ns/pid')
  const songs = (await readFile(join(place.home(task.id), 'canary.log'), 'utf8')).trim().split('\n')
  expect(songs.length).toBeGreaterThan(0)
  expect(songs.filter((song) => song.includes(`ns=${outside} `) || song.includes('step=none'))).toEqual([])
  expect(songs.join('\n')).toMatch(/^fsmonitor /m)
  expect(await readFile(join(mirror, 'config'), 'utf8')).not.toContain('canary')
  expect(await readFile(join(shop.path, '.git', 'config'), 'utf8')).not.toContain('canary')
})
