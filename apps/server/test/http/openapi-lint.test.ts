import { type Route, routes } from '@optio/contract'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOptio, type TestOptio } from '../features/support/optio.ts'

let optio: TestOptio
let text: string
beforeAll(async () => {
  optio = await startOptio()
  text = JSON.stringify((await optio.raw('/docs/json')).body)
})
afterAll(() => optio.close())

interface Operation {
  readonly operationId?: string
  readonly parameters?: readonly { readonly name: string }[]
  readonly requestBody?: { readonly content: Record<string, { readonly example?: unknown }> }
  readonly responses: Record<string, { readonly content?: Record<string, { readonly example?: unknown }> }>
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

describe('the OpenAPI document', () => {
  it('passes the linter', async () => {
    const config = await createConfig(structuredClone(RULES))
    const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config })
    expect(
      problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
    ).toEqual([])
  })

  it('names of each endpoint its id, every status it can answer with, and an example', () => {
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> }
    // Logs and the doctor are plugins of their own, which this server does not have.
    const { logs: _elsewhere, ...served } = routes
    for (const [group, members] of Object.entries(served)) {
      for (const [name, route] of Object.entries(members as Record<string, Route>)) {
        if (route.path === routes.system.doctor.path) continue
        const operation = paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()]
        expect(operation?.operationId).toBe(`${group}.${name}`)
        expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['403', '500']))
        const answered = operation?.responses[route.status]?.content?.['application/json']
        if (route.answer !== null && route.answer !== 'stream') {
          expect(answered?.example, `${group}.${name}`).toBeDefined()
        }
        const keyed = operation?.parameters?.some((parameter) => parameter.name === 'Idempotency-Key')
        expect(keyed ?? false, `${group}.${name}`).toBe(route.creates === true)
      }
    }
  })
})
