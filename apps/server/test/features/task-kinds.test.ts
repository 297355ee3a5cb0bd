import { randomUUID } from 'node:crypto'
import { type AnyTask, executed, type Repo } from '@optio/contract'
import type { Forge } from '@optio/forges'
import { eq, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repositories, runs } from '../../src/database/schema/index.ts'
import { listBlueprintsQuery } from '../../src/features/blueprints/queries.ts'
import { listAllQuery, listTasksQuery } from '../../src/features/tasks/list-query.ts'
import { repoBlueprint, standaloneTask } from './support/definitions.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
let made: AnyTask[]
beforeAll(async () => {
  let onDisk: string | null = null
  // GitHub as far as it is asked here: where a branch is. The repository it speaks of is one on disk.
  const forgeOf = (local: Forge): Forge => ({
    ...local,
    branchHead: (ref, branch) =>
      local.branchHead(ref.repoUrl.startsWith('https://') ? { ...ref, repoUrl: onDisk ?? '' } : ref, branch),
  })
  optio = await startOptio([], ({ forgeFor }) => ({
    forgeFor: (platform) => forgeOf(forgeFor(platform)),
    agentTypes: new Set(['command', 'claude-code']),
  }))
  ;({ repo } = await optio.connected())
  onDisk = repo.repoUrl
  made = []
  for (let n = 0; n < 3; n += 1) {
    made.unshift(await optio.task(repo, { title: `Mend ${n}` }))
    made.unshift(await repoBlueprint(optio, repo.repoUrl, { name: `Update ${n}` }))
    made.unshift(await standaloneTask(optio, { name: `Report ${n}` }))
  }
})
afterAll(() => optio.close())

const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)
const ofType = (type: string) => made.filter((task) => task.type === type)

describe('the list over all kinds', () => {
  it('is one list, newest first, however it is cut into pages', async () => {
    for (const limit of [1, 2, 4, 100]) {
      const found: string[] = []
      let cursor: string | undefined
      do {
        const query = { type: 'all' as const, limit, ...(cursor ? { cursor } : {}) }
        const page = await optio.client.tasks.list({ query })
        found.push(...ids(page.tasks))
        expect(page.hasMore).toBe(page.nextCursor !== null)
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
      expect(found).toEqual(ids(made))
    }
    const byOffset = await optio.client.tasks.list({ query: { type: 'all', limit: 3, offset: 4 } })
    expect(ids(byOffset.tasks)).toEqual(ids(made.slice(4, 7)))
    expect(byOffset).toMatchObject({ limit: 3, offset: 4, hasMore: true })
  })

  it('keeps its order and skips nothing among things of one microsecond', async () => {
    const at = sql`timestamptz '2026-03-01 10:00:00.123456Z'`
    const before = await optio.database.orm.execute<{ id: string; t: string; created_at: string }>(sql`
      select id, 'runs' as t, created_at::text from runs union all select id, 'blueprints', created_at::text from blueprints`)
    await optio.database.orm.execute(sql`update runs set created_at = ${at}`)
    await optio.database.orm.execute(sql`update blueprints set created_at = ${at}`)
    const found: string[] = []
    let cursor: string | undefined
    do {
      const query = { type: 'all' as const, limit: 2, ...(cursor ? { cursor } : {}) }
      const page = await optio.client.tasks.list({ query })
      found.push(...ids(page.tasks))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(found).toEqual(ids(made).sort().reverse())
    for (const { id, t, created_at } of before.rows) {
      await optio.database.orm.execute(
        sql`update ${sql.identifier(t)} set created_at = ${created_at}::timestamptz where id = ${id}`,
      )
    }
  })

  it('is filtered by type, and by what the kinds have', async () => {
    const list = async (query: object) => ids((await optio.client.tasks.list({ query })).tasks)
    for (const type of ['repo-task', 'repo-blueprint', 'standalone']) {
      expect(await list({ type })).toEqual(ids(ofType(type)))
    }
    expect(await list({})).toEqual(ids(ofType('repo-task')))
    const withRepository = made.filter(({ type }) => type !== 'standalone')
    expect(await list({ type: 'all', repoUrl: `file://${repo.repoUrl}` })).toEqual(ids(withRepository))
    expect(await list({ type: 'repo-blueprint', repoUrl: '/elsewhere' })).toEqual([])
    const withAgent = made.filter(({ type }) => type !== 'repo-blueprint')
    expect(await list({ type: 'all', agentType: 'command' })).toEqual(ids(withAgent))
    expect(await list({ type: 'all', q: 'REP 1' })).toEqual(ids(made.filter((t) => t.title === 'Report 1')))
    expect(await list({ type: 'all', q: '2' })).toEqual(ids(made.filter((t) => t.title.endsWith('2'))))
    expect(await list({ type: 'standalone', q: 'topic' })).toEqual(ids(ofType('standalone')))
    expect(await list({ type: 'standalone', q: '&' })).toEqual([])
    expect(await list({ type: 'all', state: 'queued' })).toEqual(ids(ofType('repo-task')))
    expect(await list({ type: 'standalone', state: 'queued' })).toEqual([])
    expect(await list({ type: 'repo-blueprint', blueprintId: randomUUID() })).toEqual([])
    expect(await list({ type: 'all', createdBy: 'nobody' })).toEqual([])
    const [newest] = made
    expect(await list({ type: 'all', since: newest?.createdAt })).toEqual(ids(made.slice(0, 1)))
    expect(await list({ type: 'all', until: newest?.createdAt })).toEqual(ids(made))
    expect(await list({ type: 'all', since: '2020-01-01', until: '2020-01-02' })).toEqual([])
    const search = await optio.client.tasks.search({ query: { type: 'all', q: 'update' } })
    expect(ids(search.tasks)).toEqual(ids(ofType('repo-blueprint')))
    for (const type of ['all', 'standalone', 'repo-blueprint'] as const) {
      const bad = optio.client.tasks.list({ query: { type, cursor: 'x' } })
      expect(await failure(bad)).toMatchObject({ status: 400, code: 'INVALID_CURSOR' })
    }
  })

  it('has short prompts unless whole ones are asked for', async () => {
    const prompt = `${'long '.repeat(100)}{{ end }}`
    const { id } = await standaloneTask(optio, { prompt })
    for (const type of ['all', 'standalone'] as const) {
      const { tasks: short } = await optio.client.tasks.list({ query: { type, limit: 1 } })
      expect(short[0]).toMatchObject({
        id,
        prompt: prompt.slice(0, 200),
        promptTemplate: prompt.slice(0, 200),
      })
      const { tasks: whole } = await optio.client.tasks.list({ query: { type, limit: 1, fields: 'full' } })
      expect(whole[0]).toMatchObject({ id, prompt })
    }
    await optio.client.tasks.remove({ params: { id } })
  })
})

describe('the example of the reference', () => {
  it('creates a task of a connected repository with an address of that form', async () => {
    await optio.database.orm.insert(repositories).values({
      ...{ id: uuidv7(), workspaceId: repo.workspaceId, repoUrl: 'https://github.com/acme/webapp' },
      ...{ gitPlatform: 'github', fullName: 'acme/webapp', defaultBranch: 'main' },
    })
    const { status, body } = await optio.raw('/api/tasks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{
"title": "Add user avatar support",
"prompt": "Add avatar upload and display to user profiles",
"repoUrl": "https://github.com/acme/webapp",
"repoBranch": "main",
"agentType": "claude",
"priority": 0
}`,
    })
    expect(status).toBe(201)
    const { task } = body as { task: AnyTask }
    expect(task).toMatchObject({
      type: 'repo-task',
      title: 'Add user avatar support',
      prompt: 'Add avatar upload and display to user profiles',
      repoUrl: 'https://github.com/acme/webapp',
      repoBranch: 'main',
      agentType: 'claude-code',
      priority: 0,
      state: 'queued',
    })
    expect((await optio.client.tasks.get({ params: { id: task.id } })).task).toEqual(task)
    await optio.client.tasks.remove({ params: { id: task.id } })
  })
})

describe('a task with steps', () => {
  it('says how far they are', async () => {
    const parent = await optio.task(repo, { title: 'Pipeline' })
    const params = { id: parent.id }
    expect((await optio.client.tasks.get({ params })).pipelineProgress).toBeNull()
    const states = ['completed', 'running', 'waiting_on_deps'] as const
    const steps = states.map((state, n) => ({
      ...{
        id: uuidv7(),
        workspaceId: parent.workspaceId,
        kind: 'repo' as const,
        state,
        title: `Step ${n}`,
        prompt: 'x',
      },
      ...{
        repositoryId: repo.id,
        repoUrl: repo.repoUrl,
        baseRef: 'main',
        branch: `s${n}`,
        agentType: 'command',
      },
      ...{
        createdBy: 'test',
        parentRunId: parent.id,
        taskType: 'step' as const,
        subtaskOrder: n + 1,
        nextLookAt: null,
      },
    }))
    await optio.database.orm.insert(runs).values(steps.toReversed())
    const { pipelineProgress } = await optio.client.tasks.get({ params })
    expect(pipelineProgress).toEqual({
      ...{ totalSteps: 3, completedSteps: 1, failedSteps: 0, runningSteps: 1 },
      ...{ currentStepIndex: 1, currentStepTitle: 'Step 1' },
      steps: steps.map(({ id, title, state }) => ({ id, title, state })),
    })
    const { tasks } = await optio.client.tasks.list({ query: { parentTaskId: parent.id } })
    expect(new Set(ids(tasks))).toEqual(new Set(ids(steps)))
    await optio.database.orm.update(runs).set({ state: 'failed' }).where(eq(runs.parentRunId, parent.id))
    const done = (await optio.client.tasks.get({ params })).pipelineProgress
    expect(done).toMatchObject({ failedSteps: 3, currentStepIndex: null, currentStepTitle: null })
    const [step] = steps
    const body = { blocksParent: true }
    await optio.database.orm
      .update(runs)
      .set({ state: 'queued', nextReason: 'first' })
      .where(eq(runs.id, step?.id ?? ''))
    const { task } = executed(await optio.client.tasks.edit({ params: { id: step?.id ?? '' }, body }))
    expect(task.blocksParent).toBe(true)
    await optio.database.orm.delete(runs).where(eq(runs.id, parent.id))
  })
})

describe('the queries of the lists', () => {
  it('read thousands of definitions and of runs by their indexes, never all of them', async () => {
    const { orm } = optio.database
    const { workspaceId } = repo
    const standalone = await standaloneTask(optio, { name: 'Many' })
    const blueprint = await repoBlueprint(optio, repo.repoUrl, { name: 'Many' })
    const parent = await optio.task(repo)
    await orm.execute(sql`
      insert into blueprints (id, workspace_id, kind, name, prompt, repository_id, agent_type, max_retries, max_concurrent, created_by, created_at)
      select gen_random_uuid(), ${workspaceId}, case when n % 2 = 0 then 'repo' else 'standalone' end, 'Bulk ' || n, repeat('words ', 50),
        case when n % 2 = 0 then ${repo.id}::uuid end, 'command', 1, 2, 'bulk', now() - n * interval '1 minute'
      from generate_series(1, 10000) n`)
    const runsOf = (
      kind: string,
      blueprintId: string | null,
      count: number,
      parentId: string | null = null,
    ) => sql`
      insert into runs (id, workspace_id, kind, state, title, prompt, repository_id, repo_url, base_ref, branch, agent_type, created_by,
        next_look_at, created_at, blueprint_id, parent_run_id, task_type)
      select gen_random_uuid(), ${workspaceId}, ${kind}, 'completed', 'Bulk ' || n, repeat('words ', 50),
        case when ${kind} = 'repo' then ${repo.id}::uuid end, 'x', 'main', 'b' || n, 'command', 'bulk', null,
        now() - n * interval '1 minute', ${blueprintId}::uuid, ${parentId}::uuid,
        case when ${parentId}::uuid is null then 'coding' else 'child' end
      from generate_series(1, ${count}::int) n`
    await orm.execute(runsOf('standalone', standalone.id, 10_000))
    await orm.execute(runsOf('repo', null, 10_000))
    await orm.execute(runsOf('repo', blueprint.id, 2_000))
    await orm.execute(runsOf('repo', null, 50, parent.id))
    await orm.execute(sql`
      insert into attempts (id, workspace_id, run_id, number, reason, state, host_id, agent_type, ended_at)
      select gen_random_uuid(), workspace_id, id, 1, 'first', 'succeeded', 'elsewhere', 'command', now() from runs where created_by = 'bulk'`)
    await orm.execute(sql`analyze runs, blueprints, attempts`)
    const page = { limit: 50, wholePrompts: false, none: false }
    const plan = async (query: { getSQL(): ReturnType<typeof sql> }) => {
      const { rows } = await orm.execute<Record<string, string>>(sql`explain (analyze, costs off) ${query}`)
      return rows.map((row) => Object.values(row)[0]).join('\n')
    }
    const cursor = (await optio.client.tasks.list({ query: { type: 'all', limit: 1000 } })).nextCursor ?? ''
    const ofRuns = (filter: object) => plan(listTasksQuery(orm, workspaceId, { ...page, ...filter }))
    const ofDefinitions = (filter: object) =>
      plan(listBlueprintsQuery(orm, workspaceId, { ...page, ...filter }))
    const ofAll = (filter: object) => plan(listAllQuery(orm, workspaceId, { ...page, ...filter }))
    const plans: [string, string, RegExp[]][] = [
      ['runs of one', await ofRuns({ blueprintId: standalone.id }), [/using runs_of_blueprint/]],
      ['from a cursor', await ofRuns({ blueprintId: standalone.id, cursor }), [/using runs_of_blueprint/]],
      [
        'of a blueprint',
        await ofRuns({ blueprintId: blueprint.id, states: ['completed'] }),
        [/runs_of_blueprint/],
      ],
      ['subtasks', await ofRuns({ parentTaskId: parent.id }), [/runs_of_parent/]],
      ['tasks', await ofRuns({}), [/using runs_newest/]],
      ['definitions', await ofDefinitions({}), [/using blueprints_newest/]],
      ['of a kind', await ofDefinitions({ kind: 'standalone' }), [/using blueprints_newest_of_kind/]],
      [
        'by agent',
        await ofDefinitions({ kind: 'repo', agentType: 'command', cursor }),
        [/using blueprints_newest/],
      ],
      ['by word', await ofDefinitions({ words: 'many' }), [/blueprints_by_word/]],
      ['all', await ofAll({}), [/using runs_newest/, /using blueprints_newest/]],
      ['all from a cursor', await ofAll({ cursor }), [/using runs_newest/, /using blueprints_newest/]],
    ]
    for (const [what, text, indexes] of plans) {
      for (const index of indexes) expect(text, what).toMatch(index)
      expect(text, what).not.toMatch(/Seq Scan on (runs|blueprints|attempts|run_words|triggers)/)
    }
  })
})

describe('what waits for a person', () => {
  it('is told of every kind of run, in the list and in the count', async () => {
    const definition = await standaloneTask(optio, { name: 'Asks' })
    const { runId } = await optio.client.runs.start({ params: { id: definition.id } })
    await optio.database.orm.execute(sql`update runs set waiting_on = 'person' where id = ${runId}`)
    const query = { type: 'all', waitingOn: 'person' } as const
    expect(ids((await optio.client.tasks.list({ query })).tasks)).toContain(runId)
    expect(ids((await optio.client.tasks.list({ query: { waitingOn: 'person' } })).tasks)).not.toContain(
      runId,
    )
    const counted = async () => (await optio.client.tasks.stats()).stats.waitingForPerson
    await expect.poll(counted, { timeout: 30_000 }).toBeGreaterThan(0)
    await optio.client.tasks.cancel({ params: { id: runId } })
  })
})
