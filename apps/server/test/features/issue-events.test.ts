import type { Repo } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { applyIssueEvent, type IssueEvent } from '../../src/features/issues/apply-event.ts'
import { findRepositories } from '../../src/features/repos/queries.ts'
import { type GithubPlace, startGithubPlace } from './support/github-place.ts'

// A GitHub of its own: its clock stays within what is believed of a delivery's time.
let place: GithubPlace
beforeAll(async () => {
  place = await startGithubPlace()
})
afterAll(() => place?.close())

const numbers = async (repo: Repo, state: string) =>
  (await place.issues({ repoId: repo.id, state })).map(({ number }) => number)

it('the copy ends as GitHub has it, however late, often and out of order deliveries come', async () => {
  const { there, repo } = await place.connected('told')
  await place.read(repo)
  there.addHook({
    url: 'http://127.0.0.1:1/nobody',
    events: ['issues', 'issue_comment', 'label'],
    ping: false,
  })
  const begun = place.github.webhooks.deliveries.length
  for (const [number, by] of [
    [1, 'ann'],
    [2, 'stranger'],
  ] as const) {
    there.openIssue({ title: `Told ${number}`, by })
    there.label(number, 'bug', 'ann')
    await place.github.clock.advance(1_000)
    there.editIssue(number, { title: `Told ${number}, better` })
    there.comment(number, { by: 'ann', body: 'Indeed.' })
    there.assignIssue(number, ['ann'])
  }
  await place.github.clock.advance(1_000)
  there.closeIssue(2)
  await place.github.webhooks.settled()
  const events = place.github.webhooks.deliveries
    .slice(begun)
    .map(({ event, action, payload }) => ({ name: event, action, payload }) as IssueEvent)
  expect(events.length).toBeGreaterThan(8)
  const [row] = await findRepositories(place.optio.database.orm, repo.workspaceId, [repo.id])
  if (row === undefined) throw new Error('it is connected')
  const tell = (each: IssueEvent) => place.optio.database.transaction((tx) => applyIssueEvent(tx, row, each))
  let seed = 7
  const shuffled = [...events, ...events].sort(() => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed - 1_073_741_823
  })
  for (const order of [shuffled, events.toReversed()]) {
    await place.optio.database.orm.execute(sql`delete from issues where repository_id = ${repo.id}`)
    await place.optio.database.orm.execute(
      sql`update issue_syncs set etag = null where repository_id = ${repo.id}`,
    )
    for (const event of order) expect(await tell(event)).toMatch(/#\d|^A label without issues|label was/i)
    await place.read(repo)
    expect(await place.issues({ repoId: repo.id, state: 'all' })).toMatchObject([
      {
        number: 2,
        title: 'Told 2, better',
        labels: ['bug'],
        assignee: 'ann',
        commentCount: 1,
        state: 'closed',
      },
      {
        number: 1,
        title: 'Told 1, better',
        labels: ['bug'],
        assignee: 'ann',
        commentCount: 1,
        state: 'open',
      },
    ])
  }
  expect(await tell({ name: 'issues', action: 'opened', payload: { issue: { number: 'x' } } })).toMatch(
    /could not be read/,
  )
  const deleted = events.find(({ name }) => name === 'issues')
  if (deleted === undefined) throw new Error('there are deliveries')
  expect(await tell({ ...deleted, action: 'deleted' })).toMatch(/is gone/)
  expect(await numbers(repo, 'all')).toEqual([2])
})
