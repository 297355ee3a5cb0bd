import type { Repo, Task } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attempts, blueprints, runs, workspaces } from '../../src/database/schema/index.ts'
import { costsQuery, readCosts } from '../../src/features/analytics/queries.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

const DAY_MS = 24 * 3_600_000

let optio: TestOptio
let first: Repo
let second: Repo
let tasks: Task[]

/** Midnight of UTC, some days ago. */
const dayStart = (daysAgo: number) => Math.floor(Date.now() / DAY_MS) * DAY_MS - daysAgo * DAY_MS
const dateOf = (daysAgo: number) => new Date(dayStart(daysAgo)).toISOString().slice(0, 10)

async function attempt(
  task: Pick<Task, 'id' | 'workspaceId'>,
  number: number,
  costUsd: string,
  endedAt: number | null,
): Promise<void> {
  await optio.database.orm.insert(attempts).values({
    id: uuidv7(),
    workspaceId: task.workspaceId,
    runId: task.id,
    number,
    reason: 'first',
    state: endedAt === null ? 'running' : 'succeeded',
    hostId: 'elsewhere',
    agentType: 'command',
    costUsd,
    endedAt: endedAt === null ? null : new Date(endedAt),
  })
}

beforeAll(async () => {
  optio = await startOptio()
  ;({ repo: first } = await optio.connected())
  ;({ repo: second } = await optio.connected())
  tasks = [
    await optio.task(first, { title: 'One' }),
    await optio.task(first, { title: 'Two' }),
    await optio.task(second, { title: 'Three' }),
    await optio.task(second, { title: 'Free' }),
  ]
  const [one, two, three, free] = tasks as [Task, Task, Task, Task]
  // The last instant of a day and the first one of the next.
  await attempt(one, 1, '0.1', dayStart(2) - 1)
  await attempt(one, 2, '0.2', dayStart(2))
  await attempt(one, 3, '1.000000001', null)
  await attempt(two, 1, '0.5', dayStart(1) + 1)
  await attempt(three, 1, '2', dayStart(0))
  await attempt(free, 1, '0', dayStart(0))
  // Before the period of three days: what the trend compares with.
  await attempt(two, 2, '4', dayStart(3) - 1)
  await attempt(two, 3, '100', dayStart(6))
})
afterAll(() => optio.close())

describe('what tasks cost', () => {
  it('is summed by day, repository and type, exactly', async () => {
    const costs = await optio.client.analytics.costs({ query: { days: 3 } })
    expect(costs).toEqual({
      summary: {
        totalCost: '3.700000001',
        taskCount: 4,
        averageCost: '0.925',
        // 3.7 against the 4.1 of the three days before.
        costTrend: -9.8,
      },
      dailyCosts: [
        { date: dateOf(2), cost: '0.20', taskCount: 1 },
        { date: dateOf(1), cost: '0.50', taskCount: 1 },
        { date: dateOf(0), cost: '3.000000001', taskCount: 3 },
      ],
      costByRepo: [
        { repoUrl: second.repoUrl, cost: '2.00' },
        { repoUrl: first.repoUrl, cost: '1.700000001' },
      ],
      costByType: [{ taskType: 'coding', cost: '3.700000001' }],
      topTasks: [
        { id: tasks[2]?.id, title: 'Three', costUsd: '2.00' },
        { id: tasks[0]?.id, title: 'One', costUsd: '1.200000001' },
        { id: tasks[1]?.id, title: 'Two', costUsd: '0.50' },
      ],
    })
  })

  it('has a day for each of the period, the oldest first, also where nothing was spent', async () => {
    const { dailyCosts, summary } = await optio.client.analytics.costs()
    expect(dailyCosts.map(({ date }) => date)).toEqual(Array.from({ length: 30 }, (_, n) => dateOf(29 - n)))
    expect(dailyCosts[0]).toEqual({ date: dateOf(29), cost: '0.00', taskCount: 0 })
    expect(summary.totalCost).toBe('107.800000001')
    expect(summary.costTrend).toBeNull()
    expect((await optio.client.analytics.costs({ query: { days: 366 } })).dailyCosts).toHaveLength(366)
    expect((await optio.client.analytics.costs({ query: { days: 1 } })).dailyCosts).toHaveLength(1)
  })

  it('is that of one repository in whatever spelling, and nothing of an unknown one', async () => {
    const of = (repoUrl: string) => optio.client.analytics.costs({ query: { days: 3, repoUrl } })
    for (const spelling of [second.repoUrl, `${second.repoUrl}/`, `file://${second.repoUrl}`]) {
      expect((await of(spelling)).summary).toMatchObject({
        totalCost: '2.00',
        taskCount: 2,
        averageCost: '1.00',
      })
    }
    expect((await of('/nowhere')).summary).toEqual({
      totalCost: '0.00',
      taskCount: 0,
      averageCost: '0.00',
      costTrend: null,
    })
  })

  it('has days of UTC whatever the time zone of the session', async () => {
    const filter = { days: 3 }
    const expected = await readCosts(optio.database, first.workspaceId, filter)
    for (const zone of ['Asia/Tokyo', 'America/Los_Angeles']) {
      await optio.database.transaction(async (tx) => {
        await tx.execute(
          sql`select set_config('timezone', ${zone}, true), set_config('datestyle', 'German', true)`,
        )
        const { rows } = await tx.execute(costsQuery(first.workspaceId, dateOf(0), filter))
        expect(rows, zone).toEqual([expected])
      })
    }
  })

  it('is refused for a period that is none', async () => {
    for (const days of ['0', '367', '-1', '1.5', 'x', '']) {
      const { status, body } = await optio.raw(`/api/analytics/costs?days=${days}`)
      expect([status, (body as { code: string }).code], days).toEqual([400, 'VALIDATION'])
    }
    const bad = await failure(optio.client.analytics.costs({ query: { repoUrl: 'a\0b' } }))
    expect(bad).toMatchObject({ status: 400, code: 'VALIDATION' })
  })

  it('of other workspaces is not in it', async () => {
    const workspaceId = uuidv7()
    const id = uuidv7()
    await optio.database.orm.insert(workspaces).values({ id: workspaceId, slug: 'other', name: 'Other' })
    const blueprintId = uuidv7()
    await optio.database.orm.insert(blueprints).values({
      ...{ id: blueprintId, workspaceId, kind: 'standalone', name: 'Theirs', prompt: 'x', createdBy: 'test' },
      ...{ agentType: 'command', agentCommand: ['true'], maxRetries: 1, maxConcurrent: 2 },
    })
    await optio.database.orm.insert(runs).values({
      ...{
        id,
        workspaceId,
        kind: 'standalone',
        state: 'completed',
        title: 'Theirs',
        prompt: 'x',
        blueprintId,
      },
      ...{ agentType: 'command', createdBy: 'test' },
    })
    await attempt({ id, workspaceId }, 1, '1000', dayStart(0))
    const { summary, topTasks } = await optio.client.analytics.costs({ query: { days: 3 } })
    expect(summary.totalCost).toBe('3.700000001')
    expect(topTasks.map(({ title }) => title)).not.toContain('Theirs')
  })
})

describe('the query of the costs', () => {
  it('reads what ended in the period, and what runs, by an index and each once', async () => {
    const { orm } = optio.database
    await orm.execute(sql`
      insert into attempts (id, workspace_id, run_id, number, reason, state, host_id, agent_type, ended_at)
      select gen_random_uuid(), ${first.workspaceId}, ${tasks[0]?.id}, 100 + n, 'first', 'failed', 'bulk', 'command',
             now() - n * interval '1 hour'
      from generate_series(1, 5000) n`)
    await orm.execute(sql`analyze attempts`)
    const query = costsQuery(first.workspaceId, dateOf(0), { days: 7 })
    const { rows } = await orm.execute<Record<string, string>>(sql`explain ${query}`)
    const plan = rows.map((row) => Object.values(row)[0]).join('\n')
    expect(plan.match(/ on attempts\b/g)).toHaveLength(2)
    expect(plan.match(/attempts_by_end/g)).toHaveLength(2)
  })
})
