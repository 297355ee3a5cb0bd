import type { Task } from '@optio/contract'
import { type FakeGithub, type FakeRepository, startFakeGithub } from '@optio/testkit/github'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Place } from './support/place.ts'

let github: FakeGithub
let there: FakeRepository
let place: Place
let url: string

beforeAll(async () => {
  github = await startFakeGithub()
  const token = github.createToken({ login: 'optio-bot' })
  place = await Place.make()
  url = await place.startServer({
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.url,
    GITHUB_TOKEN: token,
  })
  there = await github.createRepository({
    owner: 'acme',
    name: 'webapp',
    permissions: { 'optio-bot': 'write' },
  })
  there.openIssue({ title: 'Login \u001b[2J fails', by: 'acme', labels: ['bug'] })
  there.openIssue({ title: 'Dates are wrong', by: 'acme', assignees: ['acme'] })
  await place.optio(['pause'])
})
afterAll(async () => {
  await place?.close()
  await github?.close()
})

it('says what to do first where no repository has issues', async () => {
  expect(await place.optio(['issue', 'list'])).toMatchObject({
    code: 0,
    out: '',
    err: expect.stringContaining('optio repo add'),
  })
  expect(await place.optio(['repo', 'add', there.url, '--agent-command', 'true'])).toMatchObject({ code: 0 })
})

it('reads and lists issues, and says which repository cannot be read', async () => {
  expect(await place.optio(['issue', 'sync', 'acme/webapp'])).toMatchObject({
    code: 0,
    err: 'Read 2 issues.\n',
  })
  const { out } = await place.optio(['issue', 'list'])
  expect(out.split('\n').map((line) => line.replace(/ +/g, ' '))).toMatchObject([
    'ISSUE TITLE LABELS ASSIGNEE TASK AGE',
    expect.stringMatching(/^acme\/webapp#1 Login \\u\{1b\}\[2J fails bug /),
    expect.stringMatching(/^acme\/webapp#2 Dates are wrong acme /),
    '',
  ])
  expect((await place.optio(['issue', 'list', '-s', 'date', '--repo', 'acme/webapp'])).out).toContain('#2')
  expect(await place.json(['issue', 'list', '--state', 'all'])).toEqual(
    await (await fetch(`${url}/api/issues?state=all`)).json(),
  )
  github.faults.failAlways('*', 502)
  const failed = await place.optio(['issue', 'sync'])
  expect(failed.code).toBe(1)
  expect(failed.err).toMatch(/^acme\/webapp: .+ \(UNAVAILABLE; what is shown is .+ old\)/)
  github.faults.clear()
})

it('assigns an issue by its name, its number or its address, and to the task it has', async () => {
  const first = await place.json<{ task: Task }>(['issue', 'assign', 'acme/webapp#1', '--title', 'Mend it'])
  expect(first.task).toMatchObject({ title: 'Mend it', ticketExternalId: 'acme/webapp#1' })
  const again = await place.optio(['issue', 'assign', '1', '--repo', 'acme/webapp'])
  expect(again).toMatchObject({ code: 0, out: `${first.task.id}\n` })
  const byAddress = await place.json<{ task: Task }>(['issue', 'assign', `${there.url}/issues/2`])
  expect(byAddress.task).toMatchObject({ title: 'Dates are wrong' })
  expect((await place.optio(['issue', 'list'])).out).toMatch(/#1 .+queued/)
  expect(await place.optio(['issue', 'assign', 'acme/webapp#99'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('ISSUE_NOT_FOUND'),
  })
  for (const wrong of ['acme/webapp', '#', 'x#1']) {
    expect(await place.optio(['issue', 'assign', wrong]), wrong).toMatchObject({ code: 2 })
  }
})
