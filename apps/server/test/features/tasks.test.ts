import { randomUUID } from 'node:crypto'
import type { Repo } from '@optio/contract'
import { eq, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attempts, repositories, runs } from '../../src/database/schema/index.ts'
import { failure } from './support/failure.ts'
import type { TestRepository } from './support/git-repository.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
let repository: TestRepository
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo, repository } = await optio.connected())
})
afterAll(() => optio.close())

async function runCount(): Promise<number> {
  const { rows } = await optio.database.orm.execute<{ n: number }>(sql`select count(*)::int as n from runs`)
  return rows[0]?.n ?? -1
}

describe('creating a task', () => {
  it('answers the whole task, queued, and reads back what was written', async () => {
    const { task } = await optio.client.tasks.create({
      body: {
        title: 'Add\r\navatars\nplease',
        prompt: 'Add avatar upload',
        repoUrl: repo.repoUrl,
        repoBranch: 'main',
        agentType: 'command',
        priority: 0,
        maxRetries: 1,
        budgetUsd: '1.5',
        metadata: { a: { b: [1, null, 'ü🙂'] } },
        ticketSource: 'github',
        ticketExternalId: '42',
        ticketUrl: 'https://example.com/42',
      },
    })
    expect(task).toMatchObject({
      type: 'repo-task',
      title: 'Add avatars please',
      prompt: 'Add avatar upload',
      repoUrl: repo.repoUrl,
      repoBranch: 'main',
      state: 'queued',
      agentType: 'command',
      priority: 0,
      maxRetries: 1,
      retryCount: 0,
      budgetUsd: '1.50',
      metadata: { a: { b: [1, null, 'ü🙂'] } },
      ticketSource: 'github',
      ticketExternalId: '42',
      ticketUrl: 'https://example.com/42',
      costUsd: '0.00',
      inputTokens: 0,
      taskType: 'coding',
      createdBy: 'local',
      prUrl: null,
      prState: null,
      prChecksStatus: 'none',
      parentTaskId: null,
    })
    const detail = await optio.client.tasks.get({ params: { id: task.id } })
    expect(detail.task).toEqual(task)
    expect(detail.pipelineProgress).toBeNull()
    expect(detail.stallInfo).toBeNull()
  })

  it('takes the title from the first line of the prompt, cut at 80 characters', async () => {
    expect((await optio.task(repo, { prompt: '\n\n  Fix it  \nnow' })).title).toBe('Fix it')
    expect((await optio.task(repo, { prompt: '🙂'.repeat(100) })).title).toBe('🙂'.repeat(80))
    expect((await optio.task(repo, { prompt: 'x', name: 'Named' })).title).toBe('Named')
  })

  it('accepts a prompt of a megabyte and gives it back whole', async () => {
    const prompt = `${'ä'.repeat(600_000)}end`
    const { id } = await optio.task(repo, { prompt, title: 'long' })
    expect((await optio.client.tasks.get({ params: { id } })).task.prompt).toBe(prompt)
    const { tasks } = await optio.client.tasks.list({ query: { limit: 1 } })
    expect(tasks[0]?.prompt).toHaveLength(200)
    expect(tasks[0]).not.toHaveProperty('prReviewComments')
    const full = await optio.client.tasks.list({ query: { limit: 1, fields: 'full' } })
    expect(full.tasks[0]?.prompt).toBe(prompt)
    expect(full.tasks[0]).toHaveProperty('prReviewComments', null)
  })

  it('takes the repository in any spelling, and an alias of an agent', async () => {
    const { repoUrl } = await optio.task(repo, { repoUrl: `file://${repo.repoUrl}/` })
    expect(repoUrl).toBe(repo.repoUrl)
    const error = await failure(optio.task(repo, { agentType: 'claude' }))
    expect(error).toMatchObject({ status: 422, code: 'AGENT_NOT_AVAILABLE' })
    expect(error.message).toContain('claude-code')
  })

  it('waits for its dependencies', async () => {
    const first = await optio.task(repo)
    const second = await optio.task(repo, { dependsOn: [first.id.toUpperCase(), first.id] })
    expect(second.state).toBe('waiting_on_deps')
    const detail = await optio.client.tasks.get({ params: { id: second.id } })
    expect(detail.pendingReason).toMatch(/waits for/i)
    expect(detail.explanation?.summary).toMatch(/waits for/i)
    expect(second.waitingOn).toBe('dependency')
    await optio.client.tasks.cancel({ params: { id: second.id } })
    const finished = await optio.client.tasks.get({ params: { id: second.id } })
    expect(finished).toMatchObject({ pendingReason: null, explanation: null, task: { waitingOn: null } })
  })

  it('refuses what is impossible in words, and writes nothing', async () => {
    const { repo: bare } = await optio.connected({ agentCommand: null })
    const before = await runCount()
    const cases: [Record<string, unknown>, number, string][] = [
      [{ repoUrl: undefined }, 422, 'REPO_NOT_CONNECTED'],
      [{ repoUrl: '/not/connected' }, 422, 'REPO_NOT_CONNECTED'],
      [{ repoUrl: 'https://example.com/x' }, 422, 'REPO_NOT_CONNECTED'],
      [{ repoUrl: bare.repoUrl }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ repoBranch: 'nope' }, 422, 'BRANCH_NOT_FOUND'],
      [{ repoBranch: "it's$(touch$IFS'x)`id`" }, 422, 'BRANCH_NOT_FOUND'],
      [{ agentType: 'gemini' }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ enabled: true }, 400, 'VALIDATION'],
      [{ paramsSchema: {} }, 400, 'VALIDATION'],
      [{ agentCommand: ['true'] }, 400, 'VALIDATION'],
      [{ maxConcurrent: 1 }, 400, 'VALIDATION'],
      [{ environmentSpec: {} }, 400, 'VALIDATION'],
      [{ dependsOn: [randomUUID()] }, 400, 'VALIDATION'],
      [{ dependsOn: [(await optio.client.tasks.list()).tasks[0]?.id, randomUUID()] }, 400, 'VALIDATION'],
    ]
    for (const [fields, status, code] of cases) {
      const error = await failure(optio.task(repo, fields))
      expect({ fields, status: error.status, code: error.code }).toEqual({ fields, status, code })
      expect(error.message.length).toBeGreaterThan(10)
    }
    expect(await runCount()).toBe(before)
  })

  it('works on a branch other than the default one', async () => {
    await repository.commit('feature/x', { 'b.txt': 'b' })
    const task = await optio.task(repo, { repoBranch: 'feature/x' })
    expect(task.repoBranch).toBe('feature/x')
  })
})

describe('one task', () => {
  it('is 404 where it does not exist', async () => {
    const params = { id: randomUUID() }
    const { tasks, pullRequests } = optio.client
    const answers = await Promise.all([
      failure(tasks.get({ params })),
      failure(tasks.edit({ params, body: { priority: 1 } })),
      failure(tasks.remove({ params })),
      failure(tasks.cancel({ params })),
      failure(tasks.retry({ params })),
      failure(tasks.resume({ params })),
      failure(tasks.forceRestart({ params })),
      failure(tasks.forceRedo({ params })),
      failure(tasks.runNow({ params })),
      failure(tasks.attempts({ params })),
      failure(tasks.events({ params })),
      failure(pullRequests.get({ params })),
    ])
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
  })

  it('of another workspace is 404, and in no list or count', async () => {
    const other = uuidv7()
    await optio.database.orm.execute(
      sql`insert into workspaces (id, slug, name) values (${other}, ${`w-${other}`}, 'Other')`,
    )
    const stats = await optio.client.tasks.stats()
    const [id, repositoryId] = [uuidv7(), uuidv7()]
    await optio.database.orm.insert(repositories).values({
      id: repositoryId,
      workspaceId: other,
      repoUrl: '/theirs',
      gitPlatform: 'local',
      fullName: 'theirs',
      defaultBranch: 'main',
    })
    await optio.database.orm.insert(runs).values({
      id,
      workspaceId: other,
      kind: 'repo',
      repositoryId,
      branch: 'theirs',
      state: 'pending',
      title: 'theirs',
      prompt: 'x',
      agentType: 'command',
      createdBy: 'them',
      nextLookAt: null,
    })
    expect(await failure(optio.client.tasks.get({ params: { id } }))).toMatchObject({ status: 404 })
    expect(await failure(optio.client.tasks.cancel({ params: { id } }))).toMatchObject({ status: 404 })
    expect(await failure(optio.task(repo, { dependsOn: [id] }))).toMatchObject({ status: 400 })
    expect((await optio.client.tasks.list({ query: { q: 'theirs' } })).tasks).toEqual([])
    expect(await optio.client.tasks.stats()).toEqual(stats)
  })

  it('shows the sums over its attempts, exactly', async () => {
    const { id, workspaceId } = await optio.task(repo)
    const attempt = (number: number, fields: Partial<typeof attempts.$inferInsert>) => ({
      id: uuidv7(),
      workspaceId,
      runId: id,
      number,
      reason: 'first' as const,
      state: 'failed' as const,
      hostId: 'elsewhere',
      agentType: 'command',
      endedAt: new Date('2026-01-01T00:00:00Z'),
      ...fields,
    })
    await optio.database.orm.insert(attempts).values([
      attempt(1, {
        costUsd: '0.1',
        inputTokens: 10,
        outputTokens: 3_000_000_000,
        sessionId: 's1',
        modelUsed: 'm1',
      }),
      attempt(2, { costUsd: '0.2', inputTokens: 5, sessionId: 's2' }),
      attempt(3, {
        costUsd: '0.000000001',
        endedAt: new Date('2026-01-02T00:00:00Z'),
        exitCode: 3,
        errorMessage: 'no',
        costEstimated: true,
        failure: {
          kind: 'rate_limit',
          message: 'Too many requests.',
          retryAt: Date.parse('2026-01-02T01:00Z'),
        },
      }),
    ])
    const expected = {
      costUsd: '0.300000001',
      inputTokens: 15,
      outputTokens: 3_000_000_000,
      sessionId: 's2',
      modelUsed: 'm1',
      lastActivityAt: '2026-01-02T00:00:00.000Z',
    }
    expect((await optio.client.tasks.get({ params: { id } })).task).toMatchObject(expected)
    const { tasks } = await optio.client.tasks.list({ query: { limit: 1 } })
    expect(tasks[0]).toMatchObject({ id, ...expected })
    const { attempts: listed } = await optio.client.tasks.attempts({ params: { id } })
    expect(
      listed.map(({ number, costUsd, exitCode, errorMessage }) => [number, costUsd, exitCode, errorMessage]),
    ).toEqual([
      [1, '0.10', null, null],
      [2, '0.20', null, null],
      [3, '0.000000001', 3, 'no'],
    ])
    expect(listed.map(({ costEstimated }) => costEstimated)).toEqual([false, false, true])
    expect(listed.map(({ failure }) => failure)).toEqual([
      null,
      null,
      { kind: 'rate_limit', message: 'Too many requests.', retryAt: '2026-01-02T01:00:00.000Z' },
    ])
  })

  it('says that its agent is silent for too long, and only then', async () => {
    const { id, workspaceId } = await optio.task(repo)
    const lastOutputAt = new Date(Date.now() - 400_000)
    // A host of its own that never comes back: no engine here adopts it.
    await optio.database.orm.insert(attempts).values({
      id: uuidv7(),
      workspaceId,
      runId: id,
      number: 1,
      reason: 'first',
      state: 'running',
      hostId: 'elsewhere',
      agentType: 'command',
      lastOutputAt,
    })
    const stalled = (await optio.client.tasks.get({ params: { id } })).stallInfo
    expect(stalled).toMatchObject({ isStalled: true, thresholdMs: 300_000, lastLogSummary: 'the last line' })
    expect(stalled?.silentForMs).toBeGreaterThanOrEqual(400_000)
    await optio.database.orm.update(attempts).set({ lastOutputAt: new Date() }).where(eq(attempts.runId, id))
    expect((await optio.client.tasks.get({ params: { id } })).stallInfo).toMatchObject({ isStalled: false })
  })

  it('has a history in which every step follows from the one before', async () => {
    const { id } = await optio.task(repo)
    await optio.client.tasks.cancel({ params: { id } })
    const { events } = await optio.client.tasks.events({ params: { id } })
    expect(events.map(({ toState }) => toState)).toEqual(['pending', 'queued', 'cancelled'])
    expect(events.map(({ fromState }) => fromState).slice(1)).toEqual(['pending', 'queued'])
    expect(events[0]).toMatchObject({ taskId: id, userId: 'local' })
    const ids = events.map((event) => Number(event.id))
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    const first = await optio.client.tasks.events({ params: { id }, query: { limit: 2 } })
    expect(first).toMatchObject({ hasMore: true, limit: 2 })
    const rest = await optio.client.tasks.events({
      params: { id },
      query: { limit: 2, cursor: first.nextCursor ?? '' },
    })
    expect([...first.events, ...rest.events]).toEqual(events)
  })
})
