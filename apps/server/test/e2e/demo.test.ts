import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { attemptsOf, awaitState, detailOf } from './support/facts.ts'
import { Place } from './support/place.ts'
import { git } from './support/repository.ts'
import { CHECKOUT } from './support/server.ts'
import { until } from './support/until.ts'

interface DemoResult {
  readonly merged: boolean
  readonly taskId: string
  readonly repoPath: string
  readonly prUrl: string
  readonly mergeSha: string
  readonly attempts: number
  readonly seconds: number
}

let place: Place

afterEach(async () => {
  await place?.close()
})

/** `npm run demo`, as npm runs it. */
function runDemo(...args: string[]) {
  const child = spawn(process.execPath, [join(CHECKOUT, 'scripts', 'run.mjs'), 'demo', ...args], {
    cwd: CHECKOUT,
    env: place.environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', errors: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said.out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said.errors += chunk
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, said, ended }
}

test('the demo goes from a sample repository to a merged pull request and exits with 0', async () => {
  place = await Place.make()
  const { said, ended } = runDemo('--exit', '--json')
  const code = await ended
  expect(`${code} ${said.errors}`).toMatch(/^0 /)
  const result = JSON.parse(said.out.trimEnd().split('\n').at(-1) ?? '') as DemoResult
  expect(result).toMatchObject({ merged: true, attempts: 2 })
  expect(said.out).toMatch(/^Optio is ready at http:\/\/127\.0\.0\.1:\d+\n/m)
  expect(said.errors).toMatch(/no AI/)
  expect(said.errors).toMatch(/ci_failed/)
  expect(await git(result.repoPath, 'rev-parse', 'main')).toBe(result.mergeSha)
  expect(result.prUrl).toContain(result.taskId)
})

test('a demo that is killed midway is merged by the next start', async () => {
  place = await Place.make()
  const { child, said, ended } = runDemo()
  await until('the checks have failed', () => /ci_failed/.test(said.errors), { seen: () => said })
  child.kill('SIGKILL')
  await ended
  await place.start()
  const { tasks } = await place.client.tasks.list()
  const [task] = tasks
  expect(tasks).toHaveLength(1)
  if (!task) return
  const merged = await awaitState(place.client, task.id, 'completed')
  expect(merged.prState).toBe('merged')
  expect((await attemptsOf(place.client, task.id)).map(({ reason, state }) => [reason, state])).toEqual([
    ['first', 'succeeded'],
    ['ci_failed', 'succeeded'],
  ])
  const { task: full } = await detailOf(place.client, task.id)
  expect(await git(full.repoUrl ?? '', 'log', '--oneline', 'main')).toMatch(/^.*\n.*$/)
})
