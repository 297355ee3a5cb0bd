import type { Repo } from '@optio/contract'
import { environments } from '../../../../src/database/schema/index.ts'
import { repoBlueprint, standaloneTask } from '../definitions.ts'
import { openPullRequest } from '../opened.ts'
import type { TestOptio } from '../optio.ts'

/** Ids of what there is, by kind; of what belongs to something, the id of that before it. */
export interface World {
  readonly repos: Repo[]
  readonly tasks: string[]
  /** Failed, or waiting for a person. */
  readonly halted: string[]
  /** Waiting until somebody runs them. */
  readonly held: string[]
  readonly opened: string[]
  readonly standalones: string[]
  readonly blueprints: string[]
  readonly runs: [definition: string, run: string][]
  readonly triggers: [definition: string, trigger: string][]
  readonly comments: [task: string, comment: string][]
  readonly dependencies: [task: string, dependsOn: string][]
  readonly promptTemplates: string[]
  readonly taskTemplates: string[]
  readonly hookPaths: string[]
  readonly secrets: string[]
}

export function emptyWorld(): World {
  return {
    ...{
      repos: [],
      tasks: [],
      halted: [],
      held: [],
      opened: [],
      standalones: [],
      blueprints: [],
      runs: [],
      triggers: [],
    },
    ...{ comments: [], dependencies: [], promptTemplates: [], taskTemplates: [], hookPaths: [], secrets: [] },
  }
}

/** Puts one more thing of every kind, in every state that it can be put into, before the others of its kind. */
export async function populate(optio: TestOptio, world: World): Promise<void> {
  const { client, database } = optio
  const opened = await openPullRequest(optio, {}, { 'a.txt': 'a\n' })
  const { repo } = opened
  const task = async (fields: Record<string, unknown> = {}) => (await optio.task(repo, fields)).id
  const queued = await task()
  const failed = await task()
  const attention = await task()
  await database.pool.query(`update runs set state = 'failed' where id = $1`, [failed])
  await database.pool.query(
    `update runs set state = 'needs_attention', attention_code = 'merge_conflict' where id = $1`,
    [attention],
  )
  const waiting = await task({ dependsOn: [queued] })
  await database.orm
    .insert(environments)
    .values({ runId: queued, workspaceId: repo.workspaceId, hostId: 'another' })
  const params = { id: queued }
  const subtasks: string[] = []
  for (const taskType of ['child', 'step', 'step'] as const) {
    subtasks.push((await client.subtasks.create({ params, body: { prompt: 'part', taskType } })).subtask.id)
  }
  const held = await client.subtasks.create({ params, body: { prompt: 'later', autoQueue: false } })
  const { reviewTaskId } = await client.tasks.review({ params: opened.params })
  const comment = await client.comments.create({ params, body: { content: 'Hm.' } })
  const standalone = await standaloneTask(optio)
  const disabled = await standaloneTask(optio, { enabled: false })
  const blueprint = await repoBlueprint(optio, repo.repoUrl)
  const run = await client.runs.start({ params: standalone, body: { params: { topic: 'tea' } } })
  const spawned = await client.runs.start({ params: blueprint, body: { params: { name: 'zod' } } })
  const path = `hook-${standalone.id}`
  const triggers = [
    await client.triggers.create({ params: standalone, body: { type: 'webhook', config: { path } } }),
    await client.triggers.create({ params: blueprint, body: { type: 'manual' } }),
    await client.triggers.create({
      params: disabled,
      body: { type: 'schedule', config: { cronExpression: '0 9 * * 1-5' } },
    }),
  ]
  const prompt = await client.promptTemplates.create({
    body: { name: 'House', template: '{{ task }}', repoUrl: repo.repoUrl },
  })
  const form = await client.taskTemplates.create({ body: { name: 'Form', prompt: 'Do it.' } })
  const secret = `FUZZED_${world.secrets.length}`
  await client.secrets.save({ body: { name: secret, value: 'not to be told to anybody' } })
  world.repos.unshift(repo)
  world.halted.unshift(failed, attention)
  world.held.unshift(held.subtask.id)
  world.opened.unshift(opened.task.id)
  world.tasks.unshift(queued, failed, attention, waiting, ...subtasks, reviewTaskId, opened.task.id)
  world.standalones.unshift(standalone.id, disabled.id)
  world.blueprints.unshift(blueprint.id)
  world.runs.unshift([standalone.id, run.runId], [blueprint.id, spawned.runId])
  world.triggers.unshift(...triggers.map(({ trigger }): [string, string] => [trigger.targetId, trigger.id]))
  world.comments.unshift([queued, comment.comment.id])
  world.dependencies.unshift([waiting, queued])
  world.promptTemplates.unshift(prompt.template.id)
  world.taskTemplates.unshift(form.template.id)
  world.hookPaths.unshift(path)
  world.secrets.unshift(secret)
}

/** What the parameters of an address are to name, so that it leads somewhere. */
export function namesFor(
  world: World,
  path: string,
  pick: <T>(list: readonly T[]) => T,
): Record<string, string> {
  const { standalones, blueprints } = world
  const named = (first: string, second: string, [a, b]: readonly [string, string]) => ({
    [first]: a,
    [second]: b,
  })
  if (path.startsWith('/api/hooks/')) return { path: pick(world.hookPaths) }
  if (path.includes('{triggerId}')) return named('id', 'triggerId', pick(world.triggers))
  if (path.includes('{runId}')) return named('id', 'runId', pick(world.runs))
  if (path.includes('{commentId}')) return named('taskId', 'commentId', pick(world.comments))
  if (path.includes('{depId}')) return named('id', 'depId', pick(world.dependencies))
  if (path.startsWith('/api/repos')) return { id: pick(world.repos).id }
  if (path.startsWith('/api/prompt-templates')) return { id: pick(world.promptTemplates) }
  if (path.startsWith('/api/task-templates')) return { id: pick(world.taskTemplates) }
  if (path.startsWith('/api/secrets')) return { name: pick(newest(world.secrets)) }
  if (path.startsWith('/api/jobs')) return { id: pick(standalones) }
  if (path.startsWith('/api/task-configs')) return { id: pick(blueprints) }
  if (path.startsWith('/api/workflow-runs')) return { id: pick(world.runs)[1] }
  if (/\/(runs|triggers|preview)$/.test(path)) {
    return { id: pick([...newest(standalones), ...newest(blueprints)]) }
  }
  if (path.includes('/pull-request') || path.endsWith('/review')) return { id: pick(newest(world.opened)) }
  if (path.endsWith('/run-now')) return { id: pick(newest(world.held)) }
  if (path.endsWith('/dependencies')) return { id: pick(newest(world.held)) }
  if (/\/(retry|resume|force-restart|force-redo)$/.test(path)) return { id: pick(newest(world.halted)) }
  return { id: pick(world.tasks) }
}

/** Older ones are closed, or deleted, or went on. */
function newest<T>(list: readonly T[]): T[] {
  return list.slice(0, 2)
}

/** Ids of every kind there is, whatever they are for. */
export function everyId(world: World): string[] {
  const { repos, tasks, standalones, blueprints, runs, triggers, comments } = world
  const pairs = [...runs, ...triggers, ...comments].map(([, id]) => id)
  return [
    ...repos.map(({ id }) => id),
    ...tasks,
    ...standalones,
    ...blueprints,
    ...pairs,
    ...world.promptTemplates,
    ...world.taskTemplates,
  ]
}

/** What is sent in place of the document's example, where that names an agent which is not here. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  'jobs.create': { name: 'Report', prompt: 'x', agentType: 'command', agentCommand: ['true'] },
}

/** What a field of a body is to name or say, so that it can be carried out; undefined where anything will do. */
export function hintFor(world: World, field: string, pick: <T>(list: readonly T[]) => T): unknown {
  switch (field) {
    case 'repoUrl':
      return pick(world.repos).repoUrl
    case 'repoBranch':
    case 'defaultBranch':
      return pick(['main', 'main', 'elsewhere'])
    case 'agentType':
    case 'agentRuntime':
    case 'defaultAgentType':
    case 'reviewAgentType':
      return pick(['command', 'command', 'claude'])
    case 'agentCommand':
      return ['true']
    case 'prompt':
    case 'promptTemplate':
    case 'template':
      return pick(['Do it.', 'Report on {{ topic }}', '{{ task }}'])
    case 'dependsOn':
    case 'dependsOnIds':
    case 'dependsOnTaskId':
    case 'taskId':
    case 'taskIds':
    case 'parentTaskId':
      return pick(world.tasks.slice(0, 24))
    case 'blueprintId':
      return pick([...world.standalones, ...world.blueprints])
    case 'cronExpression':
      return pick(['0 9 * * 1-5', '*/5 * * * *', '61 * * * *'])
    case 'timezone':
      return pick(['Europe/Berlin', 'UTC', 'Nowhere/X'])
    case 'path':
      return 'a.txt'
    case 'paramsSchema':
      return { type: 'object', properties: { topic: { type: 'string' } } }
    case 'params':
      return pick([{ topic: 'tea', name: 'zod' }, { topic: 'tea' }, {}])
    default:
      return undefined
  }
}
