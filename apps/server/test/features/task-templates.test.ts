import { randomUUID } from 'node:crypto'
import type { CreateTaskTemplate, TaskTemplate } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listTaskTemplatesQuery } from '../../src/features/task-templates/queries.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio()
})
afterAll(() => optio.close())

async function create(fields: Partial<CreateTaskTemplate> = {}): Promise<TaskTemplate> {
  return (await optio.client.taskTemplates.create({ body: { name: 'Chore', prompt: 'Tidy up.', ...fields } }))
    .template
}
const get = async (id: string) => (await optio.client.taskTemplates.get({ params: { id } })).template
const edit = async (id: string, body: object) =>
  (await optio.client.taskTemplates.edit({ params: { id }, body })).template

describe('a task template', () => {
  it('is answered with everything that was given, read back, changed, and deleted', async () => {
    const { repo } = await optio.connected()
    const given = {
      name: 'Update dependencies',
      title: 'Dependencies',
      prompt: 'Update {{ them }}: this is text, not a template.',
      repoUrl: repo.repoUrl,
      agentType: 'command' as const,
      priority: 7,
      metadata: { team: 'a' },
    }
    const made = await create(given)
    expect(made).toMatchObject({ ...given, createdBy: 'local', workspaceId: repo.workspaceId })
    expect(await get(made.id)).toEqual(made)
    const plain = await create()
    expect(plain).toMatchObject({ title: null, repoUrl: null, agentType: null, priority: null, metadata: {} })

    const change = {
      name: 'New',
      title: null,
      repoUrl: null,
      agentType: null,
      priority: null,
      metadata: { b: 1 },
    }
    const changed = await edit(made.id, change)
    expect(changed).toMatchObject({ ...change, prompt: given.prompt })
    expect(await edit(made.id, {})).toEqual(changed)
    expect(await edit(made.id, { repoUrl: repo.repoUrl })).toMatchObject({
      repoUrl: repo.repoUrl,
      name: 'New',
    })

    await optio.client.taskTemplates.remove({ params: { id: made.id } })
    const { remove } = optio.client.taskTemplates
    const { id } = made
    const calls = [
      () => get(id),
      () => edit(id, { name: 'x' }),
      () => edit(id, {}),
      () => remove({ params: { id } }),
    ]
    for (const call of calls) {
      expect(await failure(call())).toMatchObject({ status: 404, code: 'TEMPLATE_NOT_FOUND' })
    }
  })

  it('is refused when it is not valid, and nothing is written', async () => {
    const before = (await optio.client.taskTemplates.list()).templates
    expect(await failure(create({ repoUrl: '/nowhere' }))).toMatchObject({
      status: 422,
      code: 'REPO_NOT_CONNECTED',
    })
    for (const bad of [
      { name: '' },
      { prompt: ' ' },
      { priority: -1 },
      { agentType: 'hal' },
      { metadata: 7 },
    ]) {
      const answer = await optio.raw('/api/task-templates', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'n', prompt: 'p', ...bad }),
      })
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
    }
    expect((await optio.client.taskTemplates.list()).templates).toEqual(before)
    expect(await failure(get('no-uuid'))).toMatchObject({ status: 400, code: 'VALIDATION' })
  })

  it('is listed newest first, page by page, also of one repository, by the index', async () => {
    const { repo } = await optio.connected()
    const made: string[] = []
    for (let n = 0; n < 5; n++) made.unshift((await create({ name: `n${n}`, repoUrl: repo.repoUrl })).id)
    await create()
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const query = { repoUrl: repo.repoUrl, limit: 2, ...(cursor ? { cursor } : {}) }
      const page = await optio.client.taskTemplates.list({ query })
      seen.push(...page.templates.map(({ id }) => id))
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(seen).toEqual(made)
    expect((await optio.client.taskTemplates.list({ query: { repoUrl: '/nowhere' } })).templates).toEqual([])

    const { orm } = optio.database
    await orm.execute(sql`
      insert into task_templates (id, workspace_id, name, prompt, created_by, created_at)
      select gen_random_uuid(), ${repo.workspaceId}, 'bulk', 'p', 'bulk', now() - n * interval '1 minute'
      from generate_series(1, 5000) n`)
    await orm.execute(sql`analyze task_templates`)
    const place = Buffer.from(
      JSON.stringify({ t: (Date.now() - 3_600_000) * 1000, i: randomUUID() }),
    ).toString('base64url')
    for (const more of [{}, { cursor: place }]) {
      const listed = listTaskTemplatesQuery(orm, repo.workspaceId, { limit: 50, ...more })
      const { rows } = await orm.execute<Record<string, string>>(sql`explain ${listed}`)
      const plan = rows.map((row) => Object.values(row)[0]).join('\n')
      expect(plan).toMatch(/Index Scan using task_templates_newest/)
      expect(plan).not.toMatch(/Sort|Seq Scan/)
    }
  })
})
