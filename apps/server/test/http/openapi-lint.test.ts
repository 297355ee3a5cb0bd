import { type Route, routes } from '@optio/contract'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { doctorRoutes } from '../../src/features/doctor/routes.ts'
import { registerLogRoutes } from '../../src/features/logs/routes.ts'
import { registerLogSocket } from '../../src/features/logs/socket.ts'
import { startOptio, type TestOptio } from '../features/support/optio.ts'

let optio: TestOptio
let text: string
beforeAll(async () => {
  // They are only described here, and never asked.
  const nothing = {} as never
  optio = await startOptio([
    async (scope) => {
      registerLogRoutes(scope, nothing)
      registerLogSocket(scope, nothing)
      doctorRoutes(scope, nothing)
    },
  ])
  text = JSON.stringify((await optio.raw('/docs/json')).body)
})
afterAll(() => optio.close())

interface Operation {
  readonly operationId?: string
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[]
  readonly requestBody?: { readonly content: Record<string, { readonly example?: unknown }> }
  readonly responses: Record<
    string,
    { readonly description: string; readonly content?: Record<string, { readonly example?: unknown }> }
  >
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, { readonly examples?: unknown[] }> }
}

/** Rules of the strict set that do not fit, each with the reason. */
const RULES = {
  extends: ['recommended-strict'],
  rules: {
    // It listens on the loopback interface and has no fixed address.
    'no-server-example.com': 'off' as const,
    'no-empty-servers': 'off' as const,
    // Whoever reaches the loopback interface may do everything, until people can sign in.
    'security-defined': 'off' as const,
  },
}

/** What the linter does not ask for: words for every parameter and answer, and an example of every body. */
function gapsOf({ paths, components }: Document): string[] {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  const gaps = operations.flatMap(({ operationId, parameters = [], responses }) => [
    ...parameters
      .filter(({ description = '' }) => description === '')
      .map(({ name }) => `${operationId}: parameter ${name} has no description`),
    ...Object.entries(responses).flatMap(([status, { description, content = {} }]) => [
      ...(['', 'Default Response'].includes(description)
        ? [`${operationId}: ${status} has no description`]
        : []),
      ...Object.entries(content)
        .filter(([, { example }]) => example === undefined)
        .map(([type]) => `${operationId}: ${status} as ${type} has no example`),
    ]),
  ])
  return components.schemas.Error?.examples?.length ? gaps : [...gaps, 'Error has no example']
}

describe('the OpenAPI document', () => {
  it('passes the linter', async () => {
    const config = await createConfig(structuredClone(RULES))
    const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config })
    expect(
      problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
    ).toEqual([])
  })

  it('has an example of every answer, and describes every answer and every parameter', () => {
    expect(gapsOf(JSON.parse(text) as Document)).toEqual([])
  })

  it('is found to lack each of these where it does', () => {
    const document = JSON.parse(text) as {
      paths: Record<string, Record<string, { parameters: object[]; responses: Record<string, object> }>>
      components: { schemas: Record<string, object> }
    }
    const operation = document.paths['/api/tasks/{id}']?.get
    if (!operation) throw new Error('GET /api/tasks/{id} is not described')
    operation.parameters = [{ name: 'id', in: 'path' }]
    operation.responses[200] = { description: 'Default Response', content: { 'application/json': {} } }
    operation.responses[404] = { description: 'None', content: { 'application/json': {} } }
    document.components.schemas.Error = {}
    expect(gapsOf(document as unknown as Document)).toEqual([
      'tasks.get: parameter id has no description',
      'tasks.get: 200 has no description',
      'tasks.get: 200 as application/json has no example',
      'tasks.get: 404 as application/json has no example',
      'Error has no example',
    ])
  })

  it('shows with each error answer a code that it lists', () => {
    const { paths } = JSON.parse(text) as Document
    const examples = Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ responses }) => Object.entries(responses))
      .filter(([, { content }]) => (content?.['application/json']?.example as { code?: string })?.code)
    expect(examples.length).toBeGreaterThan(900)
    for (const [, { description, content }] of examples) {
      const example = content?.['application/json']?.example
      const { code, error } = (example ?? {}) as { code: string; error: string }
      expect(description).toMatch(new RegExp(`: (?:\\w+, )*${code}[,.]`))
      expect(error.length).toBeGreaterThan(8)
    }
  })

  it('has what is served beside the contract: the figures and the WebSockets', () => {
    const { paths } = JSON.parse(text) as Document
    expect(Object.keys(paths['/metrics']?.get?.responses[200]?.content ?? {})).toEqual(['text/plain'])
    for (const path of ['/ws/events', '/ws/logs/{taskId}']) {
      expect(Object.keys(paths[path]?.get?.responses ?? {}), path).toContain('101')
    }
  })

  it('names of each endpoint its id, every status it can answer with, and an example', () => {
    const { paths } = JSON.parse(text) as Document
    for (const [group, members] of Object.entries(routes)) {
      for (const [name, route] of Object.entries(members as Record<string, Route>)) {
        const operation = paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()]
        expect(operation?.operationId).toBe(`${group}.${name}`)
        expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['403', '500']))
        const answered = operation?.responses[route.status]?.content?.['application/json']
        if (route.answer !== null) expect(answered?.example, `${group}.${name}`).toBeDefined()
        const keyed = operation?.parameters?.some((parameter) => parameter.name === 'Idempotency-Key')
        expect(keyed ?? false, `${group}.${name}`).toBe(route.creates === true)
      }
    }
  })
})
