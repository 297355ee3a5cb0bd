import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { attempts, runs } from '../../../src/database/schema/index.ts'
import { makeRepository } from '../support/git-repository.ts'
import type { Served } from './support.ts'

export interface Asked {
  readonly path: string
  readonly body?: unknown
}

/** A request for each route that creates something, that can be carried out again and again. Keyed by `group.name`. */
export const CREATING: Readonly<Record<string, (served: Served) => Promise<Asked> | Asked>> = {
  'repos.connect': async ({ optio }) => ({
    path: '/api/repos',
    body: { repoUrl: await anotherRepository(optio.directory), agentCommand: ['true'] },
  }),
  'tasks.create': ({ world }) => ({
    path: '/api/tasks',
    body: { prompt: 'x', repoUrl: world.repos[0]?.repoUrl },
  }),
  'tasks.review': async (served) => {
    const id = served.world.opened[0] ?? ''
    // One that is unfinished would be answered again, with a key or without.
    await served.optio.database.pool.query(
      `update runs set state = 'cancelled' where parent_run_id = $1 and kind = 'review'`,
      [id],
    )
    return { path: `/api/tasks/${id}/review`, body: { prompt: 'Look at errors.' } }
  },
  'pullRequests.review': ({ world }) => ({
    path: `/api/tasks/${world.opened[0]}/pull-request/reviews`,
    body: { state: 'commented', body: 'Hm.' },
  }),
  'runs.start': ({ world }) => ({
    path: `/api/tasks/${world.standalones[0]}/runs`,
    body: { params: { topic: 'x' } },
  }),
  'triggers.create': ({ world }) => ({
    path: `/api/tasks/${world.standalones[0]}/triggers`,
    body: { type: 'manual' },
  }),
  'subtasks.create': ({ world }) => ({
    path: `/api/tasks/${world.tasks[0]}/subtasks`,
    body: { title: 'Part', prompt: 'x', taskType: 'child' },
  }),
  'dependencies.add': async ({ optio, world }) => {
    const [repo] = world.repos
    if (repo === undefined) throw new Error('there is a repository')
    const { id } = await optio.task(repo)
    return { path: `/api/tasks/${id}/dependencies`, body: { dependsOnIds: [world.tasks[0]] } }
  },
  'comments.create': ({ world }) => ({
    path: `/api/tasks/${world.tasks[0]}/comments`,
    body: { content: 'Hm.' },
  }),
  'messages.send': async (served) => ({
    path: `/api/tasks/${await listening(served)}/message`,
    body: { content: 'Hello?', mode: 'soft' },
  }),
  'promptTemplates.create': () => ({
    path: '/api/prompt-templates',
    body: { name: 'A', template: '{{ task }}' },
  }),
  'taskTemplates.create': () => ({ path: '/api/task-templates', body: { name: 'A', prompt: 'x' } }),
  'jobs.create': () => ({ path: '/api/jobs', body: STANDALONE }),
  'jobs.createTrigger': ({ world }) => ({
    path: `/api/jobs/${world.standalones[0]}/triggers`,
    body: { type: 'schedule', config: { cronExpression: '0 9 * * 1-5' } },
  }),
  'jobs.startRun': ({ world }) => ({
    path: `/api/jobs/${world.standalones[0]}/runs`,
    body: { params: { topic: 'x' } },
  }),
  'taskConfigs.create': ({ world }) => ({
    path: '/api/task-configs',
    body: { name: 'A', prompt: 'x', repoUrl: world.repos[0]?.repoUrl },
  }),
  'taskConfigs.createTrigger': ({ world }) => ({
    path: `/api/task-configs/${world.blueprints[0]}/triggers`,
    body: { type: 'ticket', config: { source: 'tracker', labels: ['optio'] } },
  }),
  'taskConfigs.run': ({ world }) => ({
    path: `/api/task-configs/${world.blueprints[0]}/run`,
    body: { params: { name: 'x' } },
  }),
}

const STANDALONE = { prompt: 'x', agentType: 'command', agentCommand: ['true'] }

async function anotherRepository(directory: string): Promise<string> {
  return (await makeRepository(join(directory, randomUUID()))).path
}

/** A task whose agent works on another host, and takes messages. */
export async function listening({ optio, world }: Served): Promise<string> {
  const [repo] = world.repos
  if (repo === undefined) throw new Error('there is a repository')
  const { id } = await optio.task(repo)
  await optio.database.orm.insert(attempts).values({
    ...{ id, workspaceId: repo.workspaceId, runId: id, number: 1, reason: 'first', state: 'running' },
    ...{ hostId: 'another', agentType: 'claude-code', takesMessages: true },
  })
  await optio.database.orm.update(runs).set({ state: 'running' }).where(eq(runs.id, id))
  return id
}
