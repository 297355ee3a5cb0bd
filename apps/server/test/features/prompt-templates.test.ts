import { randomUUID } from 'node:crypto'
import type { PromptTemplate } from '@optio/contract'
import { BUILT_IN_TEMPLATES, PROMPT_TEMPLATE_KINDS } from '@optio/core'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPromptTemplatesQuery } from '../../src/features/prompt-templates/queries.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio()
})
afterAll(() => optio.close())

type Fields = Partial<Parameters<TestOptio['client']['promptTemplates']['create']>[0]['body']>

async function create(fields: Fields = {}): Promise<PromptTemplate> {
  const body = { name: 'Ours', template: 'Do {{ task }}', ...fields }
  return (await optio.client.promptTemplates.create({ body })).template
}

const get = async (id: string) => (await optio.client.promptTemplates.get({ params: { id } })).template
const edit = async (id: string, body: object) =>
  (await optio.client.promptTemplates.edit({ params: { id }, body })).template
const preview = async (id: string, params?: Record<string, unknown>) =>
  (await optio.client.promptTemplates.preview({ params: { id }, body: params ? { params } : null })).rendered
const effective = (query: Parameters<typeof optio.client.promptTemplates.effective>[0] = {}) =>
  optio.client.promptTemplates.effective(query)

async function count(): Promise<number> {
  const { rows } = await optio.database.orm.execute<{ n: number }>(
    sql`select count(*)::int as n from prompt_templates`,
  )
  return rows[0]?.n ?? -1
}

describe('a prompt template', () => {
  it('is answered with everything that was given, and read back', async () => {
    const { repo } = await optio.connected()
    const given = {
      name: 'Review as we like it',
      template: '{{#if PR_NUMBER}}#{{PR_NUMBER}}{{/if}} {{ rules }}',
      kind: 'review' as const,
      description: 'For reviews.',
      paramsSchema: { type: 'object', properties: { a: { type: 'string' } } },
      repoUrl: repo.repoUrl,
      defaultAgentType: 'claude' as const,
    }
    const made = await create(given)
    expect(made).toMatchObject({
      ...given,
      defaultAgentType: 'claude-code',
      isDefault: true,
      createdBy: 'local',
      workspaceId: repo.workspaceId,
    })
    expect(await get(made.id)).toEqual(made)
    const plain = await create()
    expect(plain).toMatchObject({ kind: 'prompt', isDefault: false, repoUrl: null, description: null })
    expect((await optio.client.promptTemplates.list()).templates.slice(0, 2)).toEqual([plain, made])
  })

  it('is changed in what a request names, and only in that', async () => {
    const made = await create({ description: 'x', paramsSchema: { type: 'object' } })
    const changed = await edit(made.id, { name: 'New', template: 'Only {{ title }}', description: null })
    expect(changed).toMatchObject({
      ...made,
      name: 'New',
      template: 'Only {{ title }}',
      description: null,
      updatedAt: expect.any(String),
    })
    expect(changed.updatedAt > made.updatedAt).toBe(true)
    expect(await edit(made.id, {})).toEqual(changed)
    expect(await get(made.id)).toEqual(changed)
  })

  it('is deleted once, and is not found afterwards', async () => {
    const { id } = await create()
    await optio.client.promptTemplates.remove({ params: { id } })
    const { remove } = optio.client.promptTemplates
    const calls = [
      () => get(id),
      () => edit(id, { name: 'x' }),
      () => edit(id, {}),
      () => preview(id),
      () => remove({ params: { id } }),
    ]
    for (const call of calls) {
      expect(await failure(call())).toMatchObject({ status: 404, code: 'TEMPLATE_NOT_FOUND' })
    }
  })

  it('that could not be used is refused with the place, and nothing is written', async () => {
    const before = await count()
    const broken = await failure(create({ template: 'a\n{% if b %}' }))
    expect(broken).toMatchObject({
      status: 400,
      code: 'TEMPLATE_INVALID',
      details: { path: 'body.template', line: 2, column: 1 },
    })
    expect(broken.message).toMatch(/^body\.template: Line 2, column 1: /)
    const schema = await failure(create({ paramsSchema: { properties: { a: { type: 'strin' } } } }))
    expect(schema).toMatchObject({
      status: 400,
      code: 'VALIDATION',
      details: expect.arrayContaining([
        expect.objectContaining({ path: 'body.paramsSchema.properties.a.type' }),
      ]),
    })
    expect(await failure(create({ repoUrl: '/nowhere' }))).toMatchObject({
      status: 422,
      code: 'REPO_NOT_CONNECTED',
    })
    for (const body of [
      {},
      { name: '' },
      { template: ' ' },
      { kind: 'poem' },
      { defaultAgentType: 'hal' },
      { name: 'a\u0000' },
    ]) {
      const answer = await optio.raw('/api/prompt-templates', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Object.keys(body).length === 0 ? body : { name: 'n', template: 't', ...body }),
      })
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
    }
    expect(await count()).toBe(before)
    const { id } = await create()
    expect(await failure(edit(id, { template: '{{ a | nothing }}' }))).toMatchObject({
      code: 'TEMPLATE_INVALID',
    })
    expect(await failure(edit(id, { repoUrl: '/nowhere' }))).toMatchObject({ code: 'REPO_NOT_CONNECTED' })
    expect(await get(id)).toMatchObject({ template: 'Do {{ task }}', repoUrl: null })
  })

  it('is listed by kind and repository, page by page, newest first', async () => {
    const { repo } = await optio.connected()
    const made: string[] = []
    for (let n = 0; n < 5; n++)
      made.unshift((await create({ kind: 'job', repoUrl: repo.repoUrl, name: `n${n}` })).id)
    await create({ kind: 'job' })
    await create({ kind: 'ci_fix', repoUrl: repo.repoUrl })
    const filter = { kind: 'job' as const, repoUrl: repo.repoUrl }
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await optio.client.promptTemplates.list({
        query: { ...filter, limit: 2, ...(cursor ? { cursor } : {}) },
      })
      seen.push(...page.templates.map(({ id }) => id))
      cursor = page.nextCursor ?? undefined
      expect(page.hasMore).toBe(cursor !== undefined)
    } while (cursor)
    expect(seen).toEqual(made)
    const offset = await optio.client.promptTemplates.list({ query: { ...filter, limit: 2, offset: 3 } })
    expect(offset).toMatchObject({ offset: 3, hasMore: false })
    expect(offset.templates.map(({ id }) => id)).toEqual(made.slice(3))
    expect((await optio.client.promptTemplates.list({ query: { repoUrl: '/nowhere' } })).templates).toEqual(
      [],
    )
    expect(await failure(optio.client.promptTemplates.list({ query: { cursor: 'x' } }))).toMatchObject({
      code: 'INVALID_CURSOR',
    })
  })

  it('is read by the index of the list, however many there are', async () => {
    const { orm } = optio.database
    const { workspaceId } = await create()
    await orm.execute(sql`
      insert into prompt_templates (id, workspace_id, name, kind, template, created_by, created_at)
      select gen_random_uuid(), ${workspaceId}, 'bulk', 'task', 't', 'bulk', now() - n * interval '1 minute'
      from generate_series(1, 5000) n`)
    await orm.execute(sql`analyze prompt_templates`)
    const cursor = Buffer.from(
      JSON.stringify({ t: (Date.now() - 3_600_000) * 1000, i: randomUUID() }),
    ).toString('base64url')
    for (const more of [{}, { cursor }, { kind: 'task' as const }]) {
      const query = listPromptTemplatesQuery(orm, workspaceId, { limit: 50, ...more })
      const { rows } = await orm.execute<Record<string, string>>(sql`explain ${query}`)
      const plan = rows.map((row) => Object.values(row)[0]).join('\n')
      expect(plan).toMatch(/Index Scan using prompt_templates_newest/)
      expect(plan).not.toMatch(/Sort|Seq Scan/)
    }
    await orm.execute(sql`delete from prompt_templates where created_by = 'bulk'`)
  })

  it('is created once for one Idempotency-Key', async () => {
    const send = () =>
      optio.raw('/api/prompt-templates', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'template-once' },
        body: JSON.stringify({ name: 'once', template: 't' }),
      })
    const [first, second] = [await send(), await send()]
    expect(first.status).toBe(201)
    expect(second.body).toEqual(first.body)
  })
})

describe('the default of a kind', () => {
  it('moves: the former loses it, in the same place only', async () => {
    const { repo } = await optio.connected()
    const general = await create({ kind: 'ci_fix', isDefault: true })
    const own = await create({ kind: 'ci_fix', repoUrl: repo.repoUrl })
    const other = await create({ kind: 'review_fix', isDefault: true })
    const next = await create({ kind: 'ci_fix', isDefault: true })
    expect(await get(general.id)).toMatchObject({ isDefault: false })
    for (const { id } of [own, other, next]) expect(await get(id)).toMatchObject({ isDefault: true })

    await edit(general.id, { isDefault: true })
    expect(await get(next.id)).toMatchObject({ isDefault: false })
    // A default that is moved to a place where there is one takes it over.
    await edit(general.id, { repoUrl: repo.repoUrl })
    expect(await get(own.id)).toMatchObject({ isDefault: false })
    await edit(general.id, { repoUrl: null, kind: 'review_fix' })
    expect(await get(other.id)).toMatchObject({ isDefault: false })
    expect(await get(general.id)).toMatchObject({ isDefault: true, repoUrl: null, kind: 'review_fix' })
  })

  it('is one, whoever makes theirs the default at the same time', async () => {
    const { repo } = await optio.connected()
    for (const repoUrl of [repo.repoUrl, null]) {
      const made = await Promise.all(
        Array.from({ length: 8 }, () => create({ kind: 'conflict_fix', repoUrl, isDefault: true })),
      )
      await Promise.all(made.map(({ id }) => edit(id, { isDefault: true })))
      const now = await Promise.all(made.map(({ id }) => get(id)))
      expect(now.filter(({ isDefault }) => isDefault)).toHaveLength(1)
    }
  })
})

describe('the effective template', () => {
  it('is the setting of the repository, its default, the default for all, or built in, in this order', async () => {
    const { repo } = await optio.connected()
    const query = { repoUrl: repo.repoUrl }
    const builtIn = await effective({ query })
    expect(builtIn).toMatchObject({
      source: 'built_in',
      template: { id: null, kind: 'prompt', template: BUILT_IN_TEMPLATES.prompt },
    })
    expect(builtIn.variables).toContainEqual(
      expect.objectContaining({ name: 'task', description: expect.any(String) }),
    )
    const general = await create({ isDefault: true, template: 'general {{ task }}' })
    expect(await effective({ query })).toMatchObject({ source: 'workspace', template: { id: general.id } })
    expect(await effective()).toMatchObject({ source: 'workspace' })
    const own = await create({ repoUrl: repo.repoUrl, template: 'own {{ task }}' })
    expect(await effective({ query })).toMatchObject({
      source: 'repository',
      template: { id: own.id, name: 'Ours', template: 'own {{ task }}' },
    })
    await optio.client.repos.edit({
      params: { id: repo.id },
      body: { promptTemplateOverride: 'setting', reviewPromptTemplate: 'review setting' },
    })
    expect(await effective({ query })).toMatchObject({
      source: 'repository_setting',
      template: { template: 'setting' },
    })
    expect(await effective({ query: { ...query, kind: 'review' } })).toMatchObject({
      template: { template: 'review setting' },
    })
    expect(await effective({ query: { ...query, kind: 'job' } })).toMatchObject({ source: 'built_in' })
    expect(await failure(effective({ query: { repoUrl: '/nowhere' } }))).toMatchObject({
      status: 422,
      code: 'REPO_NOT_CONNECTED',
    })
    await optio.client.promptTemplates.remove({ params: { id: general.id } })
    expect(await effective()).toMatchObject({ source: 'built_in' })
  })

  it('of every kind that is built in can be previewed, strictly, with examples', async () => {
    for (const kind of PROMPT_TEMPLATE_KINDS) {
      const { rendered } = await optio.client.promptTemplates.previewText({
        body: { kind, template: BUILT_IN_TEMPLATES[kind] },
      })
      expect(rendered.trim()).not.toBe('')
    }
  })
})

describe('a preview', () => {
  it('has examples for what is known, parameters before them, and refuses every unknown name', async () => {
    const { id } = await create({ template: '{{ title }}|{{#if AUTO_MERGE}}{{ module }}{{/if}}' })
    expect(await failure(preview(id))).toMatchObject({
      status: 400,
      code: 'TEMPLATE_INVALID',
      message: expect.stringContaining('module'),
    })
    expect(await preview(id, { module: 'parser' })).toBe('Mend the parser|parser')
    expect(await preview(id, { module: 'parser', title: 'T', AUTO_MERGE: '' })).toBe('T|')
  })

  it('checks parameters by the schema, fills in its defaults, and knows what it names', async () => {
    const paramsSchema = {
      type: 'object',
      properties: {
        module: { type: 'string' },
        depth: { type: 'integer', default: 2 },
        note: { type: 'string' },
      },
      required: ['module'],
    }
    const { id } = await create({
      kind: 'task',
      template: '{{ module }} {{ depth }}{{ note }}',
      paramsSchema,
    })
    expect(await preview(id, { module: 'a' })).toBe('a 2')
    expect(await failure(preview(id, { depth: 'x' }))).toMatchObject({
      status: 400,
      code: 'PARAMS_INVALID',
      details: expect.arrayContaining([
        { path: 'params.module', message: 'is required' },
        { path: 'params.depth', message: 'must be integer' },
      ]),
    })
  })

  it('of a text that is not saved is the same, and one that does harm ends soon', async () => {
    const { previewText } = optio.client.promptTemplates
    expect(await previewText({ body: { template: 'a {{ b }}', params: { b: 1 } } })).toEqual({
      rendered: 'a 1',
    })
    expect(await failure(previewText({ body: { template: '{{ b' } }))).toMatchObject({
      code: 'TEMPLATE_INVALID',
    })
    const began = performance.now()
    const endless = '{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}'
    expect(await failure(previewText({ body: { template: endless } }))).toMatchObject({
      status: 400,
      code: 'TEMPLATE_INVALID',
    })
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})
