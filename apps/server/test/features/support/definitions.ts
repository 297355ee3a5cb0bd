import type { CallInput, RepoBlueprint, routes, Standalone } from '@optio/contract'
import type { TestOptio } from './optio.ts'

type Fields = Partial<CallInput<typeof routes.tasks.create>['body']>

/** A standalone task whose agent could be run, made through the API. */
export async function standaloneTask(optio: TestOptio, fields: Fields = {}): Promise<Standalone> {
  const { task } = await optio.client.tasks.create({
    body: {
      type: 'standalone',
      name: 'Report',
      prompt: 'Report on {{ topic }}',
      agentType: 'command',
      agentCommand: ['true'],
      ...fields,
    },
  })
  if (task.type === 'standalone') return task
  throw new Error(`a standalone task was wanted, and a ${task.type} came`)
}

/** A blueprint of a connected repository, made through the API. */
export async function repoBlueprint(
  optio: TestOptio,
  repoUrl: string,
  fields: Fields = {},
): Promise<RepoBlueprint> {
  const { task } = await optio.client.tasks.create({
    body: { type: 'repo-blueprint', name: 'Update', prompt: 'Update {{ name }}', repoUrl, ...fields },
  })
  if (task.type === 'repo-blueprint') return task
  throw new Error(`a blueprint was wanted, and a ${task.type} came`)
}
