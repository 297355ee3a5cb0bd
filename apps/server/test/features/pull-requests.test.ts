import { rename } from 'node:fs/promises'
import { eq } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkRuns } from '../../src/database/schema/index.ts'
import { wakeRun } from '../../src/engine/wake-ups.ts'
import { failure } from './support/failure.ts'
import { makeReview } from './support/kinds.ts'
import { type Opened, openPullRequest } from './support/opened.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio()
})
afterAll(() => optio.close())

const opened = (settings?: Record<string, unknown>, files?: Record<string, string>) =>
  openPullRequest(optio, settings, files)

async function checked(pr: Opened, conclusion: 'success' | 'failure'): Promise<void> {
  await optio.database.orm.insert(checkRuns).values({
    id: uuidv7(),
    workspaceId: pr.repo.workspaceId,
    runId: pr.task.id,
    repositoryId: pr.repo.id,
    prNumber: 1,
    name: 'test',
    headSha: pr.headSha,
    baseSha: pr.baseSha,
    status: 'completed',
    conclusion,
    summary: 'it ran',
    log: 'the log',
    completedAt: new Date(),
  })
}

describe('the pull request of a task', () => {
  it('is 404 before there is one', async () => {
    const { repo } = await optio.connected()
    const { id } = await optio.task(repo)
    expect(await failure(optio.client.pullRequests.get({ params: { id } }))).toMatchObject({
      status: 404,
      code: 'PULL_REQUEST_NOT_FOUND',
    })
  })

  it('shows commits, files, refs and its page', async () => {
    const pr = await opened()
    const { pullRequest } = await optio.client.pullRequests.get({ params: pr.params })
    expect(pullRequest).toMatchObject({
      number: 1,
      url: `${optio.url}/tasks/${pr.task.id}`,
      title: 'Add a file',
      state: 'open',
      draft: false,
      head: { ref: pr.task.branch, sha: pr.headSha },
      base: { ref: 'main', sha: pr.baseSha },
      mergeable: true,
      checks: [],
      reviews: [],
      comments: [],
      mergedSha: null,
    })
    expect(pullRequest.commits.map(({ sha }) => sha)).toEqual([pr.headSha])
    expect(pullRequest.files).toMatchObject([{ path: 'a.txt', status: 'added', additions: 1, deletions: 0 }])
  })

  it('leaves large and binary patches out, and shows a large one singly', async () => {
    const line = `${'x'.repeat(99)}\n`
    const pr = await opened(
      {},
      { 'large.txt': line.repeat(3_000), binary: 'a\0b', 'small “ä” \u202e.txt': 'a\n' },
    )
    const { pullRequest } = await optio.client.pullRequests.get({ params: pr.params })
    expect(pullRequest.files).toMatchObject([
      { path: 'binary', patch: null, patchOmitted: 'binary' },
      { path: 'large.txt', patch: null, patchOmitted: 'too_large', additions: 3_000 },
      { path: 'small “ä” \u202e.txt', patch: '@@ -0,0 +1 @@\n+a\n', patchOmitted: null },
    ])
    const file = async (path: string) =>
      (await optio.client.pullRequests.file({ params: pr.params, query: { path } })).file
    const large = await file('large.txt')
    expect(large.patch).toBe(`@@ -0,0 +1,3000 @@\n${`+${line}`.repeat(3_000)}`)
    expect(large.patchOmitted).toBeNull()
    expect(await file('binary')).toEqual({ path: 'binary', patch: null, patchOmitted: 'binary' })
    expect((await file('small “ä” \u202e.txt')).patch).toBe('@@ -0,0 +1 @@\n+a\n')
    expect(await failure(file('README.md'))).toMatchObject({ status: 404, code: 'FILE_NOT_FOUND' })
    for (const path of ['', 'a\0b', 'x'.repeat(4097)]) {
      expect(await failure(file(path)), path).toMatchObject({ status: 400, code: 'VALIDATION' })
    }
    const { id } = await optio.task(pr.repo)
    const none = optio.client.pullRequests.file({ params: { id }, query: { path: 'large.txt' } })
    expect(await failure(none)).toMatchObject({ status: 404, code: 'PULL_REQUEST_NOT_FOUND' })
  })

  it('is merged by hand without an approval, in the way that was asked for', async () => {
    const pr = await opened({ mergeMethod: 'squash' })
    const { pullRequest } = await optio.client.pullRequests.merge({
      params: pr.params,
      body: { method: 'merge' },
    })
    expect(pullRequest).toMatchObject({ state: 'merged' })
    const head = await pr.repository.git('rev-parse', 'main')
    expect(pullRequest.mergedSha).toBe(head)
    expect(await pr.repository.git('rev-list', '--parents', '-n1', 'main')).toBe(
      `${head} ${pr.baseSha} ${pr.headSha}`,
    )
    const again = await failure(optio.client.pullRequests.merge({ params: pr.params }))
    expect(again).toMatchObject({ status: 409, code: 'PULL_REQUEST_NOT_OPEN' })
    const close = await failure(optio.client.pullRequests.close({ params: pr.params }))
    expect(close).toMatchObject({ status: 409, code: 'PULL_REQUEST_NOT_OPEN' })
    await expect
      .poll(async () => (await optio.client.tasks.get({ params: pr.params })).task, { timeout: 30_000 })
      .toMatchObject({ state: 'completed', prState: 'merged' })
  })

  it('is not merged while a change request stands, unless by force', async () => {
    const pr = await opened({ autoResume: false })
    const { review } = await optio.client.pullRequests.review({
      params: pr.params,
      body: {
        state: 'changes_requested',
        body: 'Not like this',
        comments: [{ path: 'a.txt', line: 1, body: 'why?' }],
      },
    })
    expect(review).toMatchObject({
      author: 'local',
      state: 'changes_requested',
      sha: pr.headSha,
      comments: [{ path: 'a.txt', line: 1, body: 'why?' }],
    })
    const { pullRequest } = await optio.client.pullRequests.get({ params: pr.params })
    expect(pullRequest.reviews).toEqual([review])
    expect(pullRequest.comments).toMatchObject([{ author: 'local', body: 'a.txt:1: why?' }])
    const refused = await failure(optio.client.pullRequests.merge({ params: pr.params }))
    expect(refused).toMatchObject({ status: 409, code: 'MERGE_REFUSED' })
    expect(refused.details).toMatchObject({ obstacles: [{ code: 'changes_requested' }] })
    expect(await pr.repository.git('rev-parse', 'main')).toBe(pr.baseSha)
    await expect
      .poll(async () => (await optio.client.tasks.get({ params: pr.params })).task, { timeout: 30_000 })
      .toMatchObject({
        prReviewStatus: 'changes_requested',
        prReviewComments: 'local: Not like this\n\nlocal on a.txt:1: why?',
      })
    const forced = await optio.client.pullRequests.merge({ params: pr.params, body: { force: true } })
    expect(forced.pullRequest.state).toBe('merged')
  })

  it('is not merged while checks fail or have not spoken', async () => {
    const pr = await opened({ testCommand: 'true' })
    const merge = () => failure(optio.client.pullRequests.merge({ params: pr.params }))
    expect((await merge()).details).toMatchObject({ obstacles: [{ code: 'checks_pending' }] })
    // Once the engine has asked for its check: one that comes later would be pending beside this one.
    const own = eq(checkRuns.runId, pr.task.id)
    await optio.database.transaction((tx) => wakeRun(tx, pr.task.id))
    await expect.poll(() => optio.database.orm.$count(checkRuns, own), { timeout: 20_000 }).toBe(1)
    await optio.database.orm.delete(checkRuns).where(own)
    await checked(pr, 'failure')
    expect(await merge()).toMatchObject({ status: 409, code: 'MERGE_REFUSED' })
    expect((await merge()).details).toMatchObject({ obstacles: [{ code: 'checks_failing' }] })
    const { pullRequest } = await optio.client.pullRequests.get({ params: pr.params })
    expect(pullRequest.checks).toEqual([
      {
        name: 'test',
        status: 'completed',
        conclusion: 'failure',
        url: null,
        summary: 'it ran',
        log: 'the log',
      },
    ])
  })

  it('is neither merged nor reviewed at another head than the person has seen', async () => {
    const pr = await opened({ autoResume: false })
    const other = 'a'.repeat(40)
    const review = (expectedHeadSha: string) =>
      optio.client.pullRequests.review({ params: pr.params, body: { state: 'approved', expectedHeadSha } })
    expect(await failure(review(other))).toMatchObject({ status: 409, code: 'CONFLICT' })
    const merge = (expectedHeadSha: string) =>
      optio.client.pullRequests.merge({ params: pr.params, body: { expectedHeadSha, force: true } })
    const refused = await failure(merge(other))
    expect(refused).toMatchObject({ code: 'MERGE_REFUSED', details: { obstacles: [{ code: 'head_moved' }] } })
    expect((await optio.client.pullRequests.get({ params: pr.params })).pullRequest.reviews).toEqual([])
    expect(await pr.repository.git('rev-parse', 'main')).toBe(pr.baseSha)
    expect((await review(pr.headSha)).review.sha).toBe(pr.headSha)
    expect((await merge(pr.headSha)).pullRequest.state).toBe('merged')
  })

  it('says what stands in the way of a merge, and what passes it', async () => {
    const pr = await opened({ autoResume: false })
    const obstacles = async () => {
      const { pullRequest } = await optio.client.pullRequests.get({ params: pr.params })
      return pullRequest.mergeObstacles.map(({ code, passedBy }) => [code, passedBy])
    }
    expect(await obstacles()).toEqual([['approval_missing', 'person']])
    const body = { state: 'changes_requested', body: 'No' } as const
    await optio.client.pullRequests.review({ params: pr.params, body })
    expect(await obstacles()).toEqual([
      ['changes_requested', 'force'],
      ['approval_missing', 'person'],
    ])
    await pr.repository.commit('main', { 'a.txt': 'ours\n' })
    await expect.poll(obstacles, { timeout: 30_000 }).toContainEqual(['conflict', 'nothing'])
    await optio.client.pullRequests.close({ params: pr.params })
    expect(await obstacles()).toEqual([])
  })

  it('that conflicts is not merged, not even by force', async () => {
    const pr = await opened({}, { 'README.md': 'theirs\n' })
    await pr.repository.commit('main', { 'README.md': 'ours\n' })
    const refused = await failure(
      optio.client.pullRequests.merge({ params: pr.params, body: { force: true } }),
    )
    expect(refused).toMatchObject({ status: 409, code: 'MERGE_REFUSED' })
    expect(refused.message).toContain('README.md')
  })

  it('is closed without merging; the task then fails', async () => {
    const pr = await opened()
    const { pullRequest } = await optio.client.pullRequests.close({ params: pr.params })
    expect(pullRequest).toMatchObject({ state: 'closed', mergedSha: null })
    await expect
      .poll(async () => (await optio.client.tasks.get({ params: pr.params })).task, { timeout: 30_000 })
      .toMatchObject({ state: 'failed', prState: 'closed' })
    expect((await optio.client.pullRequests.close({ params: pr.params })).pullRequest.state).toBe('closed')
    const review = failure(
      optio.client.pullRequests.review({ params: pr.params, body: { state: 'approved', body: '' } }),
    )
    expect(await review).toMatchObject({ status: 409, code: 'PULL_REQUEST_NOT_OPEN' })
  })

  it('whose repository is gone is refused in words, and is as it was when it is back', async () => {
    const pr = await opened()
    const moved = `${pr.repository.path}-moved`
    await rename(pr.repository.path, moved)
    const error = await failure(optio.client.pullRequests.merge({ params: pr.params }))
    expect(error).toMatchObject({ status: 422, code: 'REPO_NOT_FOUND_ON_DISK' })
    await rename(moved, pr.repository.path)
    expect((await optio.client.pullRequests.get({ params: pr.params })).pullRequest.state).toBe('open')
  })

  it('is not reviewed with nothing to say', async () => {
    const pr = await opened()
    const error = await failure(
      optio.client.pullRequests.review({
        params: pr.params,
        body: { state: 'changes_requested', body: ' ' },
      }),
    )
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION' })
  })

  it('waits for subtasks that hold it, unless it is forced', async () => {
    const pr = await opened()
    const { subtask } = await optio.client.subtasks.create({
      params: pr.params,
      body: { title: 'A part', prompt: 'x', taskType: 'step' },
    })
    const obstacles = async () =>
      (await optio.client.pullRequests.get({ params: pr.params })).pullRequest.mergeObstacles
    expect(await obstacles()).toContainEqual({
      code: 'subtasks_open',
      message: expect.stringContaining('A part'),
      passedBy: 'force',
    })
    const refused = await failure(optio.client.pullRequests.merge({ params: pr.params }))
    expect(refused).toMatchObject({
      code: 'MERGE_REFUSED',
      details: { obstacles: [{ code: 'subtasks_open' }] },
    })
    await optio.client.tasks.cancel({ params: { id: subtask.id } })
    expect((await obstacles()).map(({ code }) => code)).toContain('subtask_failed')
    const forced = await optio.client.pullRequests.merge({ params: pr.params, body: { force: true } })
    expect(forced.pullRequest.state).toBe('merged')
  })

  it('belongs to the task alone: a review of it has none of its own', async () => {
    const pr = await opened()
    const id = await makeReview(optio, pr.repo, pr.task.id, pr.headSha)
    for (const call of [
      () => optio.client.pullRequests.get({ params: { id } }),
      () => optio.client.pullRequests.merge({ params: { id }, body: { force: true } }),
    ]) {
      expect(await failure(call())).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
    }
  })
})
