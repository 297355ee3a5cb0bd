import type { FakeRepository } from '@optio/testkit/github'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lookAtDue } from '../../../src/engine/watch/look.ts'
import { askForgeAgain } from '../../../src/engine/watch/rows.ts'
import { moveConnected } from '../../../src/features/repos/forge-id.ts'
import { type Hand, type RepositoryRow, type RunRow, until } from '../support/engine-place.ts'
import { type GithubEngine, startGithubEngine } from '../support/github-engine.ts'

let it: GithubEngine
let hand: Hand

beforeAll(async () => {
  it = await startGithubEngine()
  // Looks happen by the tests' own hands, but for those a run asks for itself.
  hand = await it.place.start({ sweepMs: 3_600_000, watchMs: 30 * 60_000 })
})
afterAll(() => it?.close())

async function opened(row: RepositoryRow): Promise<RunRow> {
  const ref = await it.createRun(hand.commands, row)
  return await until('its pull request is observed', async () => {
    const run = await it.place.run(ref)
    return run.state === 'pr_opened' && run.waitingOn === 'person' ? run : null
  })
}

/** It gets another name, and a stranger's repository, where the bot may write, its old one. */
async function takenOver(there: FakeRepository): Promise<FakeRepository> {
  const { owner, name } = there
  there.rename(`${name}-moved`)
  return await it.github.createRepository({ owner, name, permissions: { 'optio-bot': 'write' } })
}

const untouched = (stranger: FakeRepository) =>
  expect([stranger.branches().length, stranger.pullRequests(), stranger.issues()]).toEqual([1, [], []])

async function saysSo(run: { readonly runId: string }) {
  return await until('the run says so', async () => {
    const now = await it.place.run(run)
    return now.explanation?.reason === 'repository_replaced' ? now : null
  })
}

async function look(run: RunRow): Promise<void> {
  await it.place.rows(`update pull_request_watches set due_at = now() where run_id = $1`, run.id)
  await lookAtDue(hand.context)
}

async function rowOf(id: string): Promise<RepositoryRow> {
  const [row] = await it.place.rows<RepositoryRow & { forge_id: string | null }>(
    'select *, forge_id as "forgeId" from repositories where id = $1',
    id,
  )
  if (row === undefined) throw new Error('it is gone')
  return row
}

/** A run that would be merged, were its one check done. */
async function waitsForChecks() {
  const { there, row } = await it.repository({ autoMerge: true })
  there.onPush(() => [{ name: 'test', after: 'manual' }])
  const ref = await it.createRun(hand.commands, row)
  const run = await until('its checks are waited for', async () => {
    const now = await it.place.run(ref)
    return now.state === 'pr_opened' && now.observation?.checks.items.length === 1 ? now : null
  })
  return { there, row, ref, run }
}

test('a repository that was connected without its number gets it at the first look', async () => {
  const { there, row } = await it.repository()
  expect(row.forgeId).toBeNull()
  await opened(row)
  expect(Number((await rowOf(row.id)).forgeId)).toBe(there.id)
})

test('a run whose repository’s name a stranger has taken merges and writes nothing there, waits for a person, and goes on when it is connected again', async () => {
  const { there, row, ref, run } = await waitsForChecks()
  const stranger = await takenOver(there)
  there.finishCheck(run.publishedSha ?? '', 'test', { conclusion: 'success' })
  it.github.requests.clear()
  await look(run)
  const waits = await saysSo(ref)
  expect(waits).toMatchObject({ state: 'pr_opened', waitingOn: 'person' })
  expect(waits.explanation?.summary).toContain('another repository than the one connected')
  expect(waits.explanation?.summary).toContain(there.fullName)
  untouched(stranger)
  expect(it.github.requests.count('PUT *')).toBe(0)

  await hand.context.database.transaction(async (tx) => {
    const { url: repoUrl, fullName, id: forgeId } = there
    const found = { repoUrl, fullName, forgeId, defaultBranch: 'main', isPrivate: false }
    expect(await moveConnected(tx, row.workspaceId, found, { fullName })).toMatchObject({ repoUrl })
    await askForgeAgain(tx)
  })
  await look(run)
  expect(await it.place.reaches(ref, 'completed')).toMatchObject({ repoUrl: there.url })
  expect(there.pullRequest(run.prNumber ?? 0).state).toBe('merged')
  untouched(stranger)
})

test('what an agent made is not pushed to a repository that has taken the name meanwhile', async () => {
  const script = 'sleep 4; echo right >right && git add . && git commit -qm "Answer"'
  const { there, row } = await it.repository({ agentCommand: ['sh', '-c', script] })
  const ref = await it.createRun(hand.commands, row)
  await until('its agent works', async () => (await it.place.run(ref)).state === 'running')
  const stranger = await takenOver(there)
  const waits = await saysSo(ref)
  expect(waits.explanation?.summary).toContain('Publishing the branch')
  expect(waits).toMatchObject({ waitingOn: 'person', retryCount: 0 })
  untouched(stranger)
})

test('a repository that has only another name is worked in as before', async () => {
  const { there, ref, run } = await waitsForChecks()
  there.rename(`${there.name}-moved`)
  there.finishCheck(run.publishedSha ?? '', 'test', { conclusion: 'success' })
  await look(run)
  await it.place.reaches(ref, 'completed')
  expect(there.pullRequest(run.prNumber ?? 0).state).toBe('merged')
})
