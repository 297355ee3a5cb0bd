import { ROUTE_ERRORS, ROUTE_EXAMPLES } from '@optio/contract/openapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectError, type NamedRoute, type Served, serve, specified } from './support.ts'

let served: Served
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served?.close())

const NOTHING = '0199f000-2000-7000-8000-00000000ffff'

type Kind = 'repo-task' | 'review' | 'run' | 'standalone' | 'repo-blueprint'
const EXECUTED: readonly Kind[] = ['repo-task', 'review', 'run']
const DEFINITIONS: readonly Kind[] = ['standalone', 'repo-blueprint']

/** For what the addresses below a task are. Of one that is not here everything is, and of older addresses one kind of definition. */
const FOR: readonly [RegExp, readonly Kind[]][] = [
  [/^tasks\.(get|edit|remove)$/, [...EXECUTED, ...DEFINITIONS]],
  [/^runs\.list$/, [...EXECUTED, ...DEFINITIONS]],
  [/^tasks\.review$/, ['repo-task']],
  [/^(subtasks\.|dependencies\.add$)/, ['repo-task']],
  [/^(tasks|comments|messages|activity|dependencies)\./, EXECUTED],
  [/^(runs|triggers)\./, DEFINITIONS],
  [/^jobs\.run$/, ['run']],
  [/^jobs\./, ['standalone']],
  [/^taskConfigs\./, ['repo-blueprint']],
]
/** Looked at before the kind is: there is no such thing below another kind. */
const OTHERWISE: Readonly<Record<string, 'RUN_NOT_FOUND' | 'DEPENDENCY_NOT_FOUND' | 'COMMENT_NOT_FOUND'>> = {
  'jobs.run': 'RUN_NOT_FOUND',
}

function idsByKind(): Record<Kind, string> {
  const { tasks, standalones, blueprints, runs, opened } = served.world
  const review = tasks.find((_, at) => tasks[at + 1] === opened[0]) ?? ''
  return {
    ...{ 'repo-task': tasks[0] ?? '', review, run: runs.find(([of]) => of === standalones[0])?.[1] ?? '' },
    ...{ standalone: standalones[0] ?? '', 'repo-blueprint': blueprints[0] ?? '' },
  }
}

const exampleOf = (id: string): unknown => {
  const [group = '', name = ''] = id.split('.')
  return (ROUTE_EXAMPLES as Record<string, Record<string, { body?: unknown }>>)[group]?.[name]?.body
}
const codesOf = (id: string): readonly string[] => {
  const [group = '', name = ''] = id.split('.')
  return (ROUTE_ERRORS as unknown as Record<string, Record<string, readonly string[]>>)[group]?.[name] ?? []
}

const belowTask = specified.filter(
  ({ id, route }) =>
    /:(id|taskId)\b/.test(route.path) && !/^(repos|github|promptTemplates|taskTemplates)\./.test(id),
)
const send = ({ id, route }: NamedRoute, taskId: string) => {
  const path = route.path.replace(/:(id|taskId)\b/, taskId).replace(/:\w+/g, NOTHING)
  const example = exampleOf(id)
  // What it names must not be what it is refused for.
  const body = id === 'dependencies.add' ? { dependsOnIds: [served.world.tasks[0]] } : example
  return served.send(route.method, path, route.method === 'GET' ? undefined : body)
}

describe('an endpoint', () => {
  it.each(belowTask.map((each) => [each.id, each] as const))(
    '%s is for its own kinds of task only',
    async (id, each) => {
      const kinds = FOR.find(([form]) => form.test(id))?.[1]
      if (kinds === undefined) throw new Error(`Nothing says what ${id} is for.`)
      const ids = idsByKind()
      for (const kind of [...EXECUTED, ...DEFINITIONS].filter((one) => !kinds.includes(one))) {
        expectError(await send(each, ids[kind]), OTHERWISE[id] ?? 'WRONG_TASK_TYPE', `${id} of a ${kind}`)
      }
      expect(codesOf(id).includes('WRONG_TASK_TYPE')).toBe(kinds.length < 5 && !(id in OTHERWISE))
    },
  )

  it.each(belowTask.map((each) => [each.id, each] as const))(
    '%s is 404 for what is not there',
    async (id, each) => {
      expectError(await send(each, NOTHING), OTHERWISE[id] ?? 'TASK_NOT_FOUND', id)
    },
  )

  it.each(
    specified
      .filter(({ id }) => /^(repos|github|promptTemplates|taskTemplates)\./.test(id))
      .filter(({ route }) => route.path.includes(':id'))
      .map((each) => [each.id, each] as const),
  )('%s is 404 for what is not there', async (id, each) => {
    expectError(
      await send(each, NOTHING),
      /^(repos|github)/.test(id) ? 'REPO_NOT_FOUND' : 'TEMPLATE_NOT_FOUND',
    )
  })

  it.each(
    belowTask
      .filter(({ route }) => /:(triggerId|runId|commentId|depId)/.test(route.path))
      .map((each) => [each.id, each] as const),
  )('%s is 404 for a part that is not there', async (id, each) => {
    const kind = FOR.find(([form]) => form.test(id))?.[1][0] ?? 'repo-task'
    const { path } = each.route
    const code = path.includes(':triggerId')
      ? 'TRIGGER_NOT_FOUND'
      : path.includes(':runId')
        ? 'RUN_NOT_FOUND'
        : path.includes(':commentId')
          ? 'COMMENT_NOT_FOUND'
          : 'DEPENDENCY_NOT_FOUND'
    expectError(await send(each, idsByKind()[kind]), code, id)
  })
})

describe('an action', () => {
  const actions = specified.filter(
    ({ route }) => route.method === 'POST' && route.body?.safeParse(undefined).success,
  )
  it.each(actions.filter(({ id }) => id !== 'hooks.fire').map((each) => [each.id, each] as const))(
    '%s takes an absent body, however it is absent',
    async (_, { route }) => {
      const path = route.path.replace(/:\w+/g, NOTHING)
      const without = await served.send('POST', path)
      for (const [body, headers] of [
        ['', { 'content-type': 'application/json' }],
        ['', { 'content-type': 'application/x-www-form-urlencoded' }],
        ['null', {}],
        ['{}', {}],
        ['{"unknownField":{"a":[1]}}', {}],
      ] as const) {
        const { status, body: answer } = await served.send('POST', path, body, headers)
        expect([body, status, answer.code]).toEqual([body, without.status, without.body.code])
        expect([400, 415]).not.toContain(status)
      }
    },
  )
})
