import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRepository } from '../support/git-repository.ts'
import { type Calls, callsOf } from './calls.ts'
import { expectError, type Served, serve } from './support.ts'

interface Thing {
  readonly id: string
  readonly [field: string]: unknown
}
type Repo = { repo: Thing }
type Template = { template: Thing }

let served: Served
let call: Calls
beforeAll(async () => {
  served = await serve()
  call = await callsOf(served)
})
afterAll(() => served?.close())

const place = (name: string) => join(served.optio.directory, name)

describe('repositories', () => {
  it('are connected, changed and disconnected', async () => {
    const { path } = await makeRepository(place('shop'))
    const body = { repoUrl: path, agentCommand: ['true'], autoMerge: true, unknownField: 1 }
    const { repo } = await call<Repo>('repos.connect', { body })
    expect(repo).toMatchObject({
      ...{ repoUrl: path, gitPlatform: 'local', defaultBranch: 'main', autoMerge: true, cautiousMode: false },
      ...{
        mergeMethod: 'squash',
        autoResume: true,
        maxAutoResumes: 10,
        maxConcurrentTasks: 2,
        reviewEnabled: false,
      },
    })
    const params = { id: repo.id }
    expect(await call('repos.get', { params })).toEqual({ repo })
    expect((await call<{ repos: Thing[] }>('repos.list', { query: '?limit=1' })).repos).toEqual([repo])
    const change = {
      reviewEnabled: true,
      reviewTrigger: 'on_ci_pass',
      testCommand: 'npm test',
      budgetUsd: null,
    }
    const edited = await call<Repo>('repos.edit', { params, body: { ...change, unknownField: 1 } })
    expect(edited.repo).toMatchObject({ ...change, autoMerge: true })
    expect(await call('repos.get', { params })).toEqual(edited)
    expect(await call('repos.detect', { params })).toMatchObject({ detected: { testCommand: null } })
    await call('repos.disconnect', { params })
    expectError(await served.send('GET', `/api/repos/${repo.id}`), 'REPO_NOT_FOUND')
    const [busy] = served.world.repos
    expectError(await served.send('DELETE', `/api/repos/${busy?.id}`), 'REPO_IN_USE')
  })

  it('that cannot be worked with are refused by what is wrong with them', async () => {
    const { path } = await makeRepository(place('known'))
    await call('repos.connect', { body: { repoUrl: path } })
    const broken = await makeRepository(place('broken'))
    await broken.git('update-ref', 'refs/heads/other', 'HEAD')
    await writeFile(join(broken.path, '.git', 'refs', 'heads', 'main'), `${'1'.repeat(40)}\n`)
    await mkdir(place('nothing-of-git'))
    await writeFile(place('a-file'), 'x')
    const empty = await makeRepository(place('empty'))
    await empty.git('update-ref', '-d', 'HEAD')
    for (const [repoUrl, code, more] of [
      [path, 'REPO_ALREADY_CONNECTED', {}],
      [`${path}/`, 'REPO_ALREADY_CONNECTED', {}],
      [`file://${path}`, 'REPO_ALREADY_CONNECTED', {}],
      [place('missing'), 'REPO_NOT_FOUND_ON_DISK', {}],
      [place('nothing-of-git'), 'REPO_NOT_GIT', {}],
      [place('a-file'), 'REPO_NOT_GIT', {}],
      [place('empty'), 'REPO_EMPTY', {}],
      [place('broken'), 'REPO_CORRUPT', {}],
      ['https://github.com/acme/webapp', 'UNSUPPORTED', {}],
      [path, 'BRANCH_NOT_FOUND', { defaultBranch: 'elsewhere' }],
      [path, 'AGENT_NOT_AVAILABLE', { defaultAgentType: 'gemini' }],
      [path, 'TEMPLATE_INVALID', { promptTemplateOverride: '{% for' }],
      [path, 'VALIDATION', { mergeMethod: 'octopus' }],
      [path, 'VALIDATION', { planningModeEnabled: true }],
    ] as const) {
      expectError(
        await served.send('POST', '/api/repos', { repoUrl, ...more }),
        code,
        `${repoUrl} ${JSON.stringify(more)}`,
      )
    }
  })

  it('name the one that is connected already', async () => {
    const [known] = served.world.repos
    const { body } = await served.send('POST', '/api/repos', { repoUrl: known?.repoUrl })
    expect(body.details).toEqual({ repoId: known?.id })
  })
})

describe('prompt templates', () => {
  it('are made, read, changed, previewed and deleted', async () => {
    const [repo] = served.world.repos
    const body = { name: 'House', template: '{{ task }} by {{ who }}', kind: 'task', description: 'd' }
    const { template } = await call<Template>('promptTemplates.create', { body })
    expect(template).toMatchObject({ ...body, isDefault: false, repoUrl: null })
    const params = { id: template.id }
    expect(await call('promptTemplates.get', { params })).toEqual({ template })
    const list = await call<{ templates: Thing[] }>('promptTemplates.list', { query: '?kind=task&limit=1' })
    expect(list.templates).toEqual([template])
    const edited = await call<Template>('promptTemplates.edit', {
      params,
      body: { template: 'For {{ who }}' },
    })
    expect(edited.template).toMatchObject({ ...body, template: 'For {{ who }}' })
    const given = { params, body: { params: { who: 'Ada' } } }
    expect(await call('promptTemplates.preview', given)).toEqual({ rendered: 'For Ada' })
    expectError(await served.send('POST', `/api/prompt-templates/${template.id}/preview`), 'TEMPLATE_INVALID')
    const text = { template: '{{#if A}}yes{{else}}no{{/if}} {{A}}', kind: 'task', params: { A: 'x' } }
    expect(await call('promptTemplates.previewText', { body: text })).toEqual({ rendered: 'yes x' })
    const query = `?kind=review&repoUrl=${encodeURIComponent(repo?.repoUrl ?? '')}`
    expect(await call('promptTemplates.effective', { query })).toMatchObject({ source: 'built_in' })
    await call('promptTemplates.remove', { params })
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/preview'],
    ] as const) {
      const gone = await served.send(
        method,
        `/api/prompt-templates/${template.id}${path}`,
        method === 'PATCH' ? {} : undefined,
      )
      expectError(gone, 'TEMPLATE_NOT_FOUND', method)
    }
  })

  it('are refused where they could not be used', async () => {
    const post = (body: object) =>
      served.send('POST', '/api/prompt-templates', { name: 'A', template: 'x', ...body })
    expectError(await post({ template: '{% if' }), 'TEMPLATE_INVALID')
    expectError(await post({ template: ' ' }), 'VALIDATION')
    expectError(await post({ name: '' }), 'VALIDATION')
    expectError(await post({ kind: 'other' }), 'VALIDATION')
    expectError(await post({ repoUrl: '/nowhere' }), 'REPO_NOT_CONNECTED')
    expectError(
      await served.send('GET', '/api/prompt-templates/effective?repoUrl=/nowhere'),
      'REPO_NOT_CONNECTED',
    )
  })
})

describe('task templates', () => {
  it('are made, read, changed and deleted', async () => {
    const [repo] = served.world.repos
    const body = {
      name: 'Bug',
      title: 'Mend',
      prompt: 'Mend it.',
      repoUrl: repo?.repoUrl,
      priority: 5,
      metadata: { a: 1 },
    }
    const { template } = await call<Template>('taskTemplates.create', { body })
    expect(template).toMatchObject({ ...body, agentType: null })
    const params = { id: template.id }
    expect(await call('taskTemplates.get', { params })).toEqual({ template })
    const { templates } = await call<{ templates: Thing[] }>('taskTemplates.list', { query: '?limit=1' })
    expect(templates).toEqual([template])
    const edited = await call<Template>('taskTemplates.edit', {
      params,
      body: { title: null, repoUrl: null },
    })
    expect(edited.template).toMatchObject({ ...body, title: null, repoUrl: null })
    expectError(
      await served.send('POST', '/api/task-templates', { ...body, repoUrl: '/nowhere' }),
      'REPO_NOT_CONNECTED',
    )
    const path = `/api/task-templates/${template.id}`
    expectError(await served.send('PATCH', path, { repoUrl: '/nowhere' }), 'REPO_NOT_CONNECTED')
    await call('taskTemplates.remove', { params })
    expectError(await served.send('GET', path), 'TEMPLATE_NOT_FOUND')
    expectError(await served.send('DELETE', path), 'TEMPLATE_NOT_FOUND')
    expectError(await served.send('PATCH', path, {}), 'TEMPLATE_NOT_FOUND')
  })
})

describe('health and setup', () => {
  it('need nothing but to be asked', async () => {
    expect(await call('health.health')).toMatchObject({
      healthy: true,
      checks: { database: true, runtime: true },
    })
    expect(await call('health.live')).toEqual({ live: true })
    expect(await call('health.ready')).toEqual({ ready: true })
    const before = await call<{ isSetUp: boolean; steps: Record<string, unknown> }>('setup.status')
    expect(before.isSetUp).toBe(false)
    expect(Object.values(before.steps)).toContainEqual({ done: true, label: expect.any(String) })
    expect(await call('setup.complete')).toEqual({ ok: true })
    expect(await call('setup.complete', { body: {} })).toEqual({ ok: true })
    expect((await call<{ isSetUp: boolean }>('setup.status')).isSetUp).toBe(true)
  })
})

it('every endpoint of these sections is asked for here', () => {
  const groups = ['repos', 'promptTemplates', 'taskTemplates', 'health', 'setup']
  expect(call.missing(groups)).toEqual([])
})
