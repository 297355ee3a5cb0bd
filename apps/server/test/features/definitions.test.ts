import { randomUUID } from 'node:crypto'
import type { AnyTask, Repo } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blueprints, triggers } from '../../src/database/schema/index.ts'
import { repoBlueprint, standaloneTask } from './support/definitions.ts'
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

const SCHEMA = { type: 'object', properties: { topic: { type: 'string' } }, required: ['topic'] }

async function definitionCount(): Promise<number> {
  const { rows } = await optio.database.orm.execute<{ n: number }>(
    sql`select count(*)::int as n from blueprints`,
  )
  return rows[0]?.n ?? -1
}

async function read(id: string): Promise<AnyTask> {
  const { task, ...rest } = await optio.client.tasks.get({ params: { id } })
  expect(rest).toEqual({ pendingReason: null, explanation: null, pipelineProgress: null, stallInfo: null })
  return task
}

describe('a definition', () => {
  it('of a standalone task is answered whole and reads back as it was written', async () => {
    const task = await standaloneTask(optio, {
      title: 'On\n{{ topic }}',
      description: 'Weekly',
      model: 'm',
      priority: 5,
      maxTurns: 7,
      budgetUsd: '1.5',
      maxConcurrent: 3,
      paramsSchema: SCHEMA,
      metadata: { a: [1, 'ü🙂'] },
      environmentSpec: { setupCommands: 'true', env: { A: 'b' }, maxAttemptMs: 60_000 },
      enabled: false,
    })
    expect(task).toMatchObject({
      type: 'standalone',
      name: 'Report',
      title: 'On {{ topic }}',
      prompt: 'Report on {{ topic }}',
      promptTemplate: 'Report on {{ topic }}',
      description: 'Weekly',
      agentType: 'command',
      agentRuntime: 'command',
      agentCommand: ['true'],
      model: 'm',
      priority: 5,
      maxRetries: 1,
      maxTurns: 7,
      budgetUsd: '1.50',
      maxConcurrent: 3,
      paramsSchema: SCHEMA,
      metadata: { a: [1, 'ü🙂'] },
      environmentSpec: { setupCommands: 'true', env: { A: 'b' }, maxAttemptMs: 60_000 },
      enabled: false,
      nextFireAt: null,
      createdBy: 'local',
    })
    expect(await read(task.id)).toEqual(task)
  })

  it('of a blueprint has its repository, in any spelling, and what it leaves to it', async () => {
    const task = await repoBlueprint(optio, `file://${repo.repoUrl}/`, { name: 'Deps', repoBranch: 'main' })
    expect(task).toMatchObject({
      repoUrl: repo.repoUrl,
      repoBranch: 'main',
      agentType: null,
      maxRetries: 3,
      priority: 100,
      title: 'Deps',
      enabled: true,
    })
    expect(await read(task.id)).toEqual(task)
  })

  it('takes the older names of its prompt and its agent', async () => {
    const { status, body } = await optio.raw('/api/tasks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 'standalone',
        promptTemplate: 'Old {{ x }}\nmore',
        agentRuntime: 'command',
        agentCommand: ['true'],
      }),
    })
    expect(status).toBe(201)
    const { task } = body as { task: Record<string, unknown> }
    expect(task).toMatchObject({
      prompt: 'Old {{ x }}\nmore',
      agentType: 'command',
      name: 'Old …',
      maxConcurrent: 2,
    })
  })

  it('is named in no time by a prompt full of braces that nothing closes', async () => {
    const prompt = `\n{% raw %}${'{{ '.repeat(200_000)}{% endraw %}`
    const began = performance.now()
    const { task } = await optio.client.tasks.create({
      body: { type: 'standalone', prompt, agentType: 'command', agentCommand: ['true'] },
    })
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(task).toMatchObject({ name: expect.stringMatching(/^…\{\{ \{\{/) })
  })

  it('that could not be run is refused in words, and nothing is written', async () => {
    const before = await definitionCount()
    const blueprint = { type: 'repo-blueprint', prompt: 'x', repoUrl: repo.repoUrl }
    const standalone = { type: 'standalone', prompt: 'x', agentType: 'command', agentCommand: ['true'] }
    const { repo: bare } = await optio.connected({ agentCommand: null })
    // Each is allowed, all of them are more than a program can be started with.
    const tooMuch = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`V${n}`, 'x'.repeat(30_000)]))
    const cases: [Record<string, unknown>, number, string][] = [
      [{ ...blueprint, repoUrl: undefined }, 422, 'REPO_NOT_CONNECTED'],
      [{ ...blueprint, repoUrl: '/not/connected' }, 422, 'REPO_NOT_CONNECTED'],
      [{ ...blueprint, repoUrl: bare.repoUrl }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ ...blueprint, repoBranch: 'nope' }, 422, 'BRANCH_NOT_FOUND'],
      [{ ...blueprint, repoBranch: '-x' }, 400, 'VALIDATION'],
      [{ ...blueprint, agentType: 'gemini' }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ ...blueprint, prompt: '{% nonsense %}' }, 400, 'TEMPLATE_INVALID'],
      [{ ...blueprint, title: '{{ a' }, 400, 'TEMPLATE_INVALID'],
      [{ ...blueprint, paramsSchema: { type: 'nonsense' } }, 400, 'VALIDATION'],
      [{ ...standalone, prompt: '' }, 400, 'VALIDATION'],
      [{ ...standalone, agentType: undefined, agentCommand: undefined }, 400, 'VALIDATION'],
      [{ ...standalone, agentCommand: undefined }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ ...standalone, agentCommand: ['no-such-program'] }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ ...standalone, agentCommand: ['./true'] }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ ...standalone, agentType: 'claude' }, 400, 'VALIDATION'],
      [{ ...standalone, agentType: 'claude', agentCommand: undefined }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ ...standalone, environmentSpec: { image: 'x' } }, 400, 'VALIDATION'],
      [{ ...standalone, environmentSpec: { env: tooMuch } }, 400, 'VALIDATION'],
      [{ ...standalone, type: 'nope' }, 400, 'VALIDATION'],
    ]
    const useless: [Record<string, unknown>, Record<string, unknown>][] = [
      [
        blueprint,
        {
          agentCommand: ['true'],
          maxConcurrent: 1,
          environmentSpec: {},
          dependsOn: [randomUUID()],
          ticketUrl: 'https://example.com',
        },
      ],
      [
        standalone,
        {
          repoUrl: repo.repoUrl,
          repoBranch: 'main',
          dependsOn: [randomUUID()],
          ticketUrl: 'https://example.com',
        },
      ],
    ]
    for (const [body, status, code] of cases) {
      const error = await failure(optio.client.tasks.create({ body: body as { prompt: string } }))
      expect({ body, status: error.status, code: error.code }).toEqual({ body, status, code })
      expect(error.message.length).toBeGreaterThan(10)
    }
    for (const [body, fields] of useless) {
      for (const [field, value] of Object.entries(fields)) {
        const error = await failure(optio.client.tasks.create({ body: { ...body, [field]: value } as never }))
        expect(error).toMatchObject({ status: 400, code: 'VALIDATION' })
        expect(error.details).toMatchObject([{ path: `body.${field}` }])
      }
    }
    expect(await definitionCount()).toBe(before)
  })

  it('is changed in what it was created with, field by field, and in nothing else', async () => {
    const { id } = await standaloneTask(optio, { paramsSchema: SCHEMA })
    const params = { id }
    const { edit } = optio.client.tasks
    const { task } = await edit({
      params,
      body: {
        ...{ name: 'New', title: 'T {{ topic }}', prompt: 'P {{ topic }}', description: 'd', priority: 0 },
        ...{ model: 'x', maxRetries: 0, maxTurns: 2, maxConcurrent: 9, budgetUsd: '3', metadata: { b: 1 } },
        ...{
          paramsSchema: null,
          environmentSpec: { env: { X: 'y' } },
          enabled: false,
          agentCommand: ['false'],
        },
      },
    })
    expect(task).toMatchObject({
      ...{ name: 'New', title: 'T {{ topic }}', prompt: 'P {{ topic }}', description: 'd', priority: 0 },
      ...{ model: 'x', maxRetries: 0, maxTurns: 2, maxConcurrent: 9, budgetUsd: '3.00', metadata: { b: 1 } },
      ...{
        paramsSchema: null,
        environmentSpec: { env: { X: 'y' } },
        enabled: false,
        agentCommand: ['false'],
      },
    })
    expect(await read(id)).toEqual(task)
    const { task: emptied } = await edit({ params, body: { title: null, model: null, environmentSpec: {} } })
    expect(emptied).toMatchObject({ title: 'New', model: null, environmentSpec: null, name: 'New' })
    expect((await edit({ params, body: {} })).task).toEqual(emptied)
    const refused: [Record<string, unknown>, number, string][] = [
      [{ repoBranch: 'main' }, 400, 'VALIDATION'],
      [{ blocksParent: true }, 400, 'VALIDATION'],
      [{ agentType: null }, 400, 'VALIDATION'],
      [{ agentCommand: null }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ agentCommand: ['no-such-program'] }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ agentType: 'claude' }, 422, 'AGENT_NOT_AVAILABLE'],
      [{ prompt: '{% nonsense %}' }, 400, 'TEMPLATE_INVALID'],
      [{ paramsSchema: { type: 4 } }, 400, 'VALIDATION'],
      [{ name: '' }, 400, 'VALIDATION'],
    ]
    for (const [body, status, code] of refused) {
      const error = await failure(edit({ params, body: { priority: 77, ...body } }))
      expect({ body, status: error.status, code: error.code }).toEqual({ body, status, code })
    }
    expect(await read(id)).toMatchObject({ priority: 0, agentType: 'command' })
  })

  it('of a blueprint moves to another branch that is there', async () => {
    const { id } = await repoBlueprint(optio, repo.repoUrl)
    await repository.commit('other', { 'c.txt': 'c' })
    const edit = (body: object) => optio.client.tasks.edit({ params: { id }, body })
    expect((await edit({ repoBranch: 'other' })).task).toMatchObject({ repoBranch: 'other' })
    expect(await failure(edit({ repoBranch: 'nope' }))).toMatchObject({ code: 'BRANCH_NOT_FOUND' })
    expect(await failure(edit({ maxConcurrent: 2 }))).toMatchObject({ status: 400, code: 'VALIDATION' })
    expect((await edit({ repoBranch: null })).task).toMatchObject({ repoBranch: null })
  })

  it('says when one of its triggers fires next, unless it is disabled', async () => {
    const task = await repoBlueprint(optio, repo.repoUrl)
    const trigger = (at: string, enabled = true) => ({
      ...{ id: uuidv7(), workspaceId: task.workspaceId, blueprintId: task.id, type: 'schedule' as const },
      ...{ config: { cronExpression: '0 0 1 1 *' }, nextFireAt: new Date(at), enabled },
    })
    await optio.database.orm
      .insert(triggers)
      .values([trigger('2999-02-01'), trigger('2999-01-02'), trigger('2998-01-01', false)])
    expect(await read(task.id)).toMatchObject({ nextFireAt: '2999-01-02T00:00:00.000Z' })
    const { tasks } = await optio.client.tasks.list({ query: { type: 'repo-blueprint', limit: 1 } })
    expect(tasks).toMatchObject([{ id: task.id, nextFireAt: '2999-01-02T00:00:00.000Z' }])
    const body = { enabled: false }
    expect((await optio.client.tasks.edit({ params: { id: task.id }, body })).task).toMatchObject({
      nextFireAt: null,
    })
  })

  it('is not executed: what only runs have is 405, of another workspace 404', async () => {
    const { id } = await standaloneTask(optio)
    const params = { id }
    const { tasks, pullRequests } = optio.client
    const calls = [
      tasks.cancel({ params }),
      tasks.retry({ params }),
      tasks.resume({ params }),
      tasks.forceRestart({ params }),
      tasks.forceRedo({ params }),
      tasks.runNow({ params }),
      tasks.attempts({ params }),
      tasks.events({ params }),
      tasks.environment({ params }),
      tasks.reorder({ body: { taskIds: [id] } }),
      pullRequests.get({ params }),
      pullRequests.merge({ params }),
    ]
    for (const error of await Promise.all(calls.map(failure))) {
      expect(error).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
    }
    const other = uuidv7()
    await optio.database.orm.execute(
      sql`insert into workspaces (id, slug, name) values (${other}, ${`w-${other}`}, 'Other')`,
    )
    const theirs = uuidv7()
    await optio.database.orm.insert(blueprints).values({
      ...{
        id: theirs,
        workspaceId: other,
        kind: 'standalone',
        name: 'theirs',
        prompt: 'x',
        agentType: 'command',
      },
      ...{ maxConcurrent: 1, maxRetries: 1, createdBy: 'them' },
    })
    const there = { id: theirs }
    const foreign = [
      tasks.get({ params: there }),
      tasks.edit({ params: there, body: { name: 'mine' } }),
      tasks.remove({ params: there }),
      tasks.cancel({ params: there }),
      optio.client.runs.list({ params: there }),
      optio.client.runs.start({ params: there }),
      optio.client.runs.preview({ params: there }),
    ]
    for (const error of await Promise.all(foreign.map(failure))) {
      expect(error).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
    }
    expect((await tasks.list({ query: { type: 'all', q: 'theirs' } })).tasks).toEqual([])
  })
})
