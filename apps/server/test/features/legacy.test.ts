import type { Repo } from '@optio/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repoBlueprint, standaloneTask } from './support/definitions.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

const JOB = {
  prompt: 'Report on {{ topic }}',
  agentType: 'command' as const,
  agentCommand: ['true'] as [string],
}

describe('/api/jobs', () => {
  it('are the standalone tasks, in their own envelopes', async () => {
    const { jobs, tasks } = optio.client
    const { workflow } = await jobs.create({ body: { ...JOB, name: 'Weekly' } })
    expect(workflow).toMatchObject({ type: 'standalone', name: 'Weekly', promptTemplate: JOB.prompt })
    const params = { id: workflow.id }
    expect((await tasks.get({ params })).task).toEqual(workflow)
    expect((await jobs.get({ params })).workflow).toEqual(workflow)
    const { workflow: edited } = await jobs.edit({ params, body: { maxConcurrent: 4 } })
    expect(edited).toEqual({ ...workflow, maxConcurrent: 4, updatedAt: edited.updatedAt })
    const another = await standaloneTask(optio)
    await repoBlueprint(optio, repo.repoUrl)
    const page = await jobs.list({ query: { limit: 1 } })
    expect(page).toMatchObject({ limit: 1, hasMore: true, workflows: [{ id: another.id }] })
    const rest = await jobs.list({ query: { limit: 1, cursor: page.nextCursor ?? '' } })
    expect(rest).toMatchObject({ hasMore: false, nextCursor: null, workflows: [{ id: workflow.id }] })
    await jobs.remove({ params })
    expect(await failure(jobs.get({ params }))).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
  })

  it('are run, and their runs read, by the older addresses', async () => {
    const { jobs, runs } = optio.client
    const { workflow } = await jobs.create({ body: JOB })
    const params = { id: workflow.id }
    const { run } = await jobs.startRun({ params, body: { params: { topic: 'tea' } } })
    expect(run).toMatchObject({ workflowId: workflow.id, state: 'queued', params: { topic: 'tea' } })
    expect((await jobs.runs({ params })).runs).toEqual([run])
    expect((await jobs.run({ params: { id: run.id } })).run).toEqual(run)
    expect((await runs.get({ params: { id: workflow.id, runId: run.id } })).run).toEqual(run)
    const { id: ordinary } = await optio.task(repo)
    for (const id of [workflow.id, ordinary]) {
      expect(await failure(jobs.run({ params: { id } }))).toMatchObject({
        status: 404,
        code: 'RUN_NOT_FOUND',
      })
    }
  })

  it('have their triggers, and none of what belongs to others', async () => {
    const { jobs, triggers } = optio.client
    const { workflow } = await jobs.create({ body: JOB })
    const params = { id: workflow.id }
    const body = { type: 'schedule', config: { cronExpression: '0 9 * * 1-5' } } as const
    const { trigger } = await jobs.createTrigger({ params, body })
    expect((await jobs.triggers({ params })).triggers).toEqual([trigger])
    expect((await triggers.list({ params })).triggers).toEqual([trigger])
    const its = { ...params, triggerId: trigger.id }
    const { trigger: off } = await jobs.editTrigger({ params: its, body: { enabled: false } })
    expect(off).toMatchObject({ id: trigger.id, enabled: false })
    await jobs.removeTrigger({ params: its })
    expect((await jobs.triggers({ params })).triggers).toEqual([])
    const blueprint = await repoBlueprint(optio, repo.repoUrl)
    const { id: ordinary } = await optio.task(repo)
    for (const id of [blueprint.id, ordinary]) {
      const other = { id }
      const calls = [
        jobs.get({ params: other }),
        jobs.edit({ params: other, body: { name: 'x' } }),
        jobs.remove({ params: other }),
        jobs.runs({ params: other }),
        jobs.startRun({ params: other }),
        jobs.triggers({ params: other }),
        jobs.createTrigger({ params: other, body: { type: 'manual' } }),
      ]
      for (const error of await Promise.all(calls.map(failure))) {
        expect(error).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
      }
    }
    const wrong = jobs.create({ body: { ...JOB, type: 'repo-blueprint' } })
    expect(await failure(wrong)).toMatchObject({ status: 400, code: 'VALIDATION' })
    expect(await failure(jobs.create({ body: { ...JOB, repoUrl: '/x' } }))).toMatchObject({ status: 400 })
  })
})

describe('/api/task-configs', () => {
  it('are the blueprints, in their own envelopes, and spawn tasks', async () => {
    const { taskConfigs, tasks } = optio.client
    const { taskConfig } = await taskConfigs.create({
      body: { name: 'Deps', prompt: 'Update {{ name }}', repoUrl: repo.repoUrl },
    })
    const params = { id: taskConfig.id }
    expect(taskConfig).toMatchObject({ type: 'repo-blueprint', repoUrl: repo.repoUrl })
    expect((await taskConfigs.get({ params })).taskConfig).toEqual(taskConfig)
    const { taskConfig: edited } = await taskConfigs.edit({ params, body: { priority: 3 } })
    expect(edited.priority).toBe(3)
    const { taskId } = await taskConfigs.run({ params, body: { params: { name: 'zod' } } })
    expect((await tasks.get({ params: { id: taskId } })).task).toMatchObject({
      ...{ type: 'repo-task', prompt: 'Update zod', blueprintId: taskConfig.id },
    })
    expect((await taskConfigs.list()).taskConfigs[0]).toMatchObject({ id: taskConfig.id })
    const { trigger } = await taskConfigs.createTrigger({ params, body: { type: 'manual' } })
    const its = { ...params, triggerId: trigger.id }
    expect((await taskConfigs.editTrigger({ params: its, body: { enabled: false } })).trigger.enabled).toBe(
      false,
    )
    await taskConfigs.removeTrigger({ params: its })
    expect((await taskConfigs.triggers({ params })).triggers).toEqual([])
    const job = await standaloneTask(optio)
    const other = { id: job.id }
    const calls = [
      taskConfigs.get({ params: other }),
      taskConfigs.run({ params: other }),
      taskConfigs.remove({ params: other }),
    ]
    for (const error of await Promise.all(calls.map(failure))) {
      expect(error).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
    }
    await taskConfigs.remove({ params })
    expect(await failure(taskConfigs.get({ params }))).toMatchObject({ status: 404 })
    expect((await tasks.get({ params: { id: taskId } })).task).toMatchObject({ blueprintId: null })
  })
})
