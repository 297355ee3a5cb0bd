import { realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Task } from '@optio/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Place, until } from './support/place.ts'

const AGENT = fileURLToPath(new URL('./fixtures/agent.mjs', import.meta.url))

let place: Place
let url: string
let repository: string

beforeAll(async () => {
  place = await Place.make()
  url = await place.startServer()
  repository = await place.repository('sample', { 'README.md': 'A sample\n', 'a.txt': 'one\n' })
  const added = await place.optio([
    'repo',
    'add',
    'sample',
    '--test',
    'true',
    '--agent-command',
    process.execPath,
    AGENT,
  ])
  expect(added).toMatchObject({ code: 0, out: expect.stringContaining(`repoUrl`) })
})
afterAll(async () => {
  await place?.close()
})

const steps = (...list: (readonly unknown[])[]) => `DO ${JSON.stringify(list)}`
const WORK = [
  ['write', 'a.txt', 'two\n'],
  ['commit', 'Change a'],
] as const

/** Creates a task from within the repository; answers its id. */
async function newTask(prompt: string, ...options: string[]): Promise<string> {
  const { task } = await place.json<{ task: Task }>(['task', 'new', ...options, prompt], { cwd: repository })
  return task.id
}

async function letGo(id: string): Promise<void> {
  const { out } = await place.optio(['task', 'open', id])
  writeFileSync(join(out.trim(), '.git', 'go'), '')
}

it('tells where it runs, and what it does', async () => {
  const { code, out } = await place.optio(['status'])
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining(url) })
  expect(await place.json(['status'])).toMatchObject({ url, system: { paused: null }, stats: { total: 0 } })
  expect(await place.optio(['open'])).toMatchObject({ code: 0, out: `${url}\n` })
})

it('connects, shows and changes repositories by path, name or part of the id', async () => {
  const { repos } = await place.json<{ repos: { id: string; repoUrl: string }[] }>(['repo', 'list'])
  const [repo] = repos
  expect(repo?.repoUrl).toBe(realpathSync(repository))
  for (const which of [repository, 'sample', repo?.id.slice(0, 13) ?? '', repo?.id.slice(-6) ?? '']) {
    expect(await place.json(['repo', 'show', which])).toMatchObject({ repo: { id: repo?.id } })
  }
  expect(await place.json(['repo', 'show'], { cwd: repository })).toMatchObject({ repo: { id: repo?.id } })
  expect(await place.json(['repo', 'set', 'sample', 'maxAttemptMs=2h', 'autoMerge=no'])).toMatchObject({
    repo: { maxAttemptMs: 7_200_000, autoMerge: false },
  })
  expect(await place.optio(['repo', 'set', 'sample', 'mergeMethod=never'])).toMatchObject({ code: 2 })
  expect(await place.optio(['repo', 'show', 'other'])).toMatchObject({ code: 3 })
  expect(await place.optio(['repo', 'show'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('optio repo add'),
  })
  expect(await place.optio(['repo', 'add', 'sample'])).toMatchObject({ code: 4 })
  expect(await place.optio(['repo', 'remove', 'sample'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--yes'),
  })
})

it('goes from a prompt on standard input to a merged pull request', async () => {
  const created = await place.optio(['task', 'new', '--wait', '--title', 'By hand'], {
    cwd: repository,
    input: steps(...WORK),
  })
  // Checked, and nobody may merge but a person.
  expect(created).toMatchObject({ code: 7, err: expect.stringContaining('pr_opened') })
  const id = created.out.trim()
  const end = id.slice(-8)

  expect((await place.optio(['task', 'show', end])).out).toMatch(/would change it {2}\S/)
  expect((await place.optio(['task', 'list', '--waiting-on', 'person'])).out).toContain('By hand')
  expect((await place.optio(['task', 'diff', end])).out).toContain('-one\n+two\n')
  expect((await place.optio(['task', 'diff', end, '--stat'])).out).toMatch(
    /a\.txt \| +2 \+-\n 1 file, 1 additions, 1 deletions/,
  )
  const review = ['task', 'review', end, 'comment', '--comment', 'a.txt:1: why?', '--json']
  expect(JSON.parse((await place.optio(review)).out)).toMatchObject({
    review: { state: 'commented', comments: [{ path: 'a.txt', line: 1, body: 'why?' }] },
  })
  expect(await place.optio(['task', 'review', end, 'request-changes'])).toMatchObject({ code: 2 })
  expect(await place.optio(['task', 'merge', end])).toMatchObject({
    code: 0,
    err: expect.stringContaining('is merged as'),
  })
  expect(await place.optio(['task', 'wait', end])).toMatchObject({ code: 0 })
  expect(await place.optio(['task', 'merge', end])).toMatchObject({ code: 4 })
  expect((await place.optio(['task', 'attempts', end])).out).toMatch(/1 +first +succeeded/)
  expect((await place.optio(['task', 'events', end])).out).toContain('completed')
})

it('says by its exit code what became of a task', async () => {
  const failed = await newTask(steps(['fail']), '--title', 'Fails')
  await place.optio(['repo', 'set', 'sample', 'autoResume=no'])
  const { tasks } = await place.json<{ tasks: Task[] }>(['task', 'list', '--search', 'Fails'])
  expect(tasks.map(({ id }) => id)).toEqual([failed])
  const waiting = await newTask(steps(['wait']))
  expect(await place.optio(['task', 'wait', waiting, '--timeout', '100ms'])).toMatchObject({ code: 9 })
  expect(await place.optio(['task', 'cancel', waiting])).toMatchObject({ code: 0 })
  expect(await place.optio(['task', 'wait', waiting])).toMatchObject({ code: 8 })
  expect(await place.optio(['task', 'wait', failed])).toMatchObject({ code: 6 })
  expect(await place.optio(['task', 'delete', failed])).toMatchObject({ code: 2 })
  expect(await place.optio(['task', 'delete', failed, '--yes'])).toMatchObject({ code: 0 })
  expect(await place.optio(['task', 'show', failed])).toMatchObject({ code: 3 })
  expect(await place.optio(['task', 'show', 'zz'])).toMatchObject({ code: 2 })
})

it('shows hostile titles and log lines as text', async () => {
  const evil = '\u001b[2J\u001b]0;owned\u0007\u202etxt.exe <b>漢字</b>'
  const id = await newTask(steps(['say', evil]), '--title', evil)
  await until(
    'it is over',
    async () => (await place.optio(['task', 'wait', id, '--timeout', '1s'])).code !== 9,
  )
  for (const args of [['list'], ['show', id], ['logs', id], ['events', id]]) {
    const { out, err } = await place.optio(['task', ...args])
    for (const char of ['\u001b', '\u0007', '\u202e']) expect(out + err).not.toContain(char)
  }
  expect((await place.optio(['task', 'list'])).out).toContain(
    '\\u{1b}[2J\\u{1b}]0;owned\\u{7}\\u{202e}txt.exe <b>漢字</b>',
  )
  expect((await place.json<{ tasks: Task[] }>(['task', 'list'])).tasks[0]?.title).toBe(evil)
})

it('follows a log over a restart of the server without a gap or a repeat', async () => {
  const id = await newTask(
    // A file of its own: what an earlier test has merged would be nothing to commit.
    steps(
      ['count', 300],
      ['wait'],
      ['count', 300],
      ['write', 'counted.txt', 'six hundred\n'],
      ['commit', 'More'],
    ),
  )
  const following = place.start(['task', 'logs', '-f', id, '--json'])
  const seqs = () =>
    following.said.out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { seq: number }).seq)
  await until('the first half is shown', () => seqs().length >= 300, { seen: () => following.said })
  await place.stopServer()
  await until('it says that it connects again', () => following.said.err.includes('connecting again'))
  const port = new URL(url).port
  await place.startServer({ OPTIO_PORT: port })
  await letGo(id)
  await until('the second half is shown', () => seqs().length >= 600, { seen: () => following.said })
  await place.optio(['task', 'cancel', id])
  expect(await following.ended).toMatchObject({ code: 0 })
  expect(seqs()).toEqual(seqs().map((_, i) => i + 1))
  const stored = await place.json<{ logs: { seq: number }[]; hasMore: boolean }>(['task', 'logs', id])
  expect(stored.logs.map(({ seq }) => seq)).toEqual(seqs())
  const last = await place.json<{ logs: { seq: number }[] }>(['task', 'logs', id, '--limit', '5'])
  expect(last.logs).toHaveLength(5)
  // One attempt wrote all of it; were there another, its reason would say why.
  const answer = await fetch(`${url}/api/tasks/${id}/attempts`)
  expect(await answer.json()).toMatchObject({ attempts: [{ number: 1 }] })
  const found = await place.optio(['task', 'logs', id, '--type', 'text', '--search', 'line 299'])
  expect(found.out.trim().split('\n')).toHaveLength(2)
  expect(await place.optio(['task', 'logs', id, '--type', 'nonsense'])).toMatchObject({ code: 2 })
})

it('pauses and goes on', async () => {
  expect(await place.json(['pause', 'a', 'reason'])).toMatchObject({
    system: { paused: { reason: 'a reason' } },
  })
  expect((await place.optio(['status'])).out).toContain('a reason')
  const id = await newTask(steps(['say', 'x']))
  await until('it says why it waits', async () =>
    /paused/i.test((await place.optio(['task', 'show', id])).out),
  )
  expect(await place.json(['unpause'])).toMatchObject({ system: { paused: null } })
})

it('asks the server for its own diagnosis', async () => {
  const { report } = await place.json<{ report: { diagnoses: { id: string; detail: string }[] } }>(['doctor'])
  expect(report.diagnoses.find(({ id }) => id === 'port')?.detail).toContain(url.split(':').at(-1))
})

it('tells what an update does, from the server that runs', async () => {
  expect(await place.json(['upgrade'])).toMatchObject({
    running: expect.stringMatching(/^\d/),
    database: expect.stringContaining('migrations are applied'),
  })
})

it('stops the server of this data directory', async () => {
  expect(await place.optio(['stop', '--agents'])).toMatchObject({ code: 0 })
  expect(await place.optio(['status'])).toMatchObject({ code: 5 })
})
