import { type Route, routes } from '@optio/contract'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOptio, type TestOptio } from '../features/support/optio.ts'

let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio()
})
afterAll(() => optio.close())

interface Document {
  openapi: string
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: unknown }>; parameters?: unknown[] }>
  >
  components: { schemas: Record<string, unknown> }
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { body } = await optio.raw('/docs/json')
    expect((body as Document).openapi).toBe('3.1.0')
    const result = await new Validator().validate(body as Record<string, unknown>)
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
  })

  it('lists every route that is served, with what it answers', async () => {
    const { paths, components } = (await optio.raw('/docs/json')).body as Document
    // Logs and the doctor are plugins of their own, which this server does not have.
    const { logs: _elsewhere, ...served } = routes
    const all = Object.values(served).flatMap((group) => Object.values(group) as Route[])
    const expected = all.filter(({ path }) => path !== routes.system.doctor.path)
    expect(expected.length).toBeGreaterThan(25)
    for (const route of expected) {
      const operation = paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()]
      expect(Object.keys(operation?.responses ?? {}), `${route.method} ${route.path}`).toContain(
        String(route.status),
      )
      const content = operation?.responses[route.status]?.content
      if (route.answer === null) expect(content).toBeUndefined()
      else expect(content).toBeDefined()
    }
    expect(Object.keys(components.schemas)).toEqual(
      expect.arrayContaining(['Task', 'Repo', 'PullRequest', 'Error']),
    )
  })

  it('describes what a query takes', async () => {
    const { paths } = (await optio.raw('/docs/json')).body as Document
    expect(paths['/api/tasks']?.get?.parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        in: 'query',
        required: false,
        schema: expect.objectContaining({ type: 'integer', minimum: 1, maximum: 1000, default: 50 }),
      }),
    )
  })

  it('has a page, which brings everything it needs', async () => {
    const page = await fetch(`${optio.url}/docs`)
    expect(page.status).toBe(200)
    const html = await page.text()
    expect(html).toContain('swagger-ui')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'")
    const scripts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, found]) => found ?? '')
    expect(scripts.length).toBeGreaterThan(3)
    for (const script of scripts) {
      expect(script).not.toMatch(/^(https?:)?\/\//)
      expect((await fetch(new URL(script, `${page.url.replace(/\/?$/, '/')}`))).status).toBe(200)
    }
  })
})
