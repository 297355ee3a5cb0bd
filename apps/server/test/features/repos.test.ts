import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failure } from './support/failure.ts'
import { makeRepository } from './support/git-repository.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio()
})
afterAll(() => optio.close())

async function rows(): Promise<number> {
  const { rows } = await optio.database.orm.execute<{ n: number }>(
    sql`select count(*)::int as n from repositories`,
  )
  return rows[0]?.n ?? -1
}

describe('connecting a repository', () => {
  it('answers its facts and the defaults of its settings, and reads them back', async () => {
    const { repository, repo } = await optio.connected()
    expect(repo).toMatchObject({
      repoUrl: repository.path,
      gitPlatform: 'local',
      defaultBranch: 'main',
      defaultAgentType: 'command',
      agentCommand: ['true'],
      setupCommands: null,
      testCommand: null,
      autoMerge: false,
      mergeMethod: 'squash',
      cautiousMode: false,
      autoResume: true,
      maxAutoResumes: 10,
      maxConcurrentTasks: 2,
      budgetUsd: null,
    })
    expect((await optio.client.repos.get({ params: { id: repo.id } })).repo).toEqual(repo)
    expect((await optio.client.repos.list()).repos).toContainEqual(repo)
  })

  it('takes settings along', async () => {
    const { repo } = await optio.connected({
      testCommand: 'npm test',
      setupCommands: '   ',
      autoMerge: true,
      budgetUsd: '2.5',
      mergeMethod: 'rebase',
      fullName: 'acme/webapp',
    })
    expect(repo).toMatchObject({
      testCommand: 'npm test',
      setupCommands: null,
      autoMerge: true,
      budgetUsd: '2.50',
      mergeMethod: 'rebase',
      fullName: 'acme/webapp',
    })
  })

  it('takes every spelling of one repository for the same one', async () => {
    const { repository } = await optio.connected()
    const link = join(optio.directory, 'link')
    await symlink(repository.path, link)
    for (const repoUrl of [repository.path, `${repository.path}/`, `file://${repository.path}`, link]) {
      const error = await failure(optio.client.repos.connect({ body: { repoUrl } }))
      expect(error).toMatchObject({ status: 409, code: 'REPO_ALREADY_CONNECTED' })
    }
  })

  it('refuses what is missing, a file, empty or not git with 422 and writes nothing', async () => {
    const empty = join(optio.directory, 'empty')
    const plain = join(optio.directory, 'plain')
    await mkdir(plain)
    await writeFile(join(optio.directory, 'file'), 'x')
    await mkdir(empty)
    await (await makeRepository(join(optio.directory, 'scratch'))).git('init', '-q', empty)
    const before = await rows()
    const cases: [string, string][] = [
      [join(optio.directory, 'missing'), 'REPO_NOT_FOUND_ON_DISK'],
      [join(optio.directory, 'file'), 'REPO_NOT_GIT'],
      [plain, 'REPO_NOT_GIT'],
      [empty, 'REPO_EMPTY'],
      ['https://github.com/acme/webapp', 'UNSUPPORTED'],
      ['git@github.com:acme/webapp.git', 'UNSUPPORTED'],
      ['relative/path', 'REPO_NOT_FOUND_ON_DISK'],
      ['--upload-pack=touch /tmp/x', 'REPO_NOT_FOUND_ON_DISK'],
      ['ext::sh -c touch% /tmp/x', 'UNSUPPORTED'],
      ['/nowhere/$(touch x)\n;`id`', 'REPO_NOT_FOUND_ON_DISK'],
      ['file:///a%00b', 'REPO_NOT_FOUND_ON_DISK'],
      [`/${'x'.repeat(4000)}`, 'REPO_NOT_FOUND_ON_DISK'],
    ]
    for (const [repoUrl, code] of cases) {
      const error = await failure(optio.client.repos.connect({ body: { repoUrl } }))
      expect({ repoUrl, status: error.status, code: error.code }).toEqual({ repoUrl, status: 422, code })
    }
    expect(await rows()).toBe(before)
  })

  it('checks a given default branch', async () => {
    const repository = await makeRepository(join(optio.directory, 'branches'))
    await repository.commit('trunk', { 'a.txt': 'a' })
    const connect = (defaultBranch: string) =>
      optio.client.repos.connect({ body: { repoUrl: repository.path, defaultBranch } })
    expect(await failure(connect('nope'))).toMatchObject({ status: 422, code: 'BRANCH_NOT_FOUND' })
    expect(await failure(connect('-x'))).toMatchObject({ status: 400, code: 'VALIDATION' })
    expect((await connect('trunk')).repo.defaultBranch).toBe('trunk')
  })
})

describe('settings', () => {
  it('are changed one by one and keep the rest', async () => {
    const { repo } = await optio.connected({ testCommand: 'make test' })
    const edited = await optio.client.repos.edit({
      params: { id: repo.id },
      body: { autoMerge: true, maxConcurrentTasks: 7, budgetUsd: '0.000001', model: 'm', maxTurnsCoding: 30 },
    })
    expect(edited.repo).toMatchObject({
      testCommand: 'make test',
      autoMerge: true,
      maxConcurrentTasks: 7,
      budgetUsd: '0.000001',
      model: 'm',
      maxTurnsCoding: 30,
    })
    const cleared = await optio.client.repos.edit({
      params: { id: repo.id },
      body: { testCommand: null, budgetUsd: null, agentCommand: null, model: null, maxTurnsCoding: null },
    })
    expect(cleared.repo).toMatchObject({
      testCommand: null,
      budgetUsd: null,
      agentCommand: null,
      model: null,
      maxTurnsCoding: null,
      autoMerge: true,
    })
    expect((await optio.client.repos.get({ params: { id: repo.id } })).repo).toEqual(cleared.repo)
  })

  it('without effect yet are refused by name, unknown fields ignored', async () => {
    const { repo } = await optio.connected()
    for (const name of [
      'reviewEnabled',
      'slackWebhookUrl',
      'planningModeEnabled',
      'cpuLimit',
      'networkPolicy',
    ]) {
      const error = await failure(optio.client.repos.edit({ params: { id: repo.id }, body: { [name]: 'x' } }))
      expect(error).toMatchObject({ status: 400, code: 'VALIDATION' })
      expect(error.message).toContain(name)
    }
    const ignored = await optio.client.repos.edit({ params: { id: repo.id }, body: { whatever: 1 } })
    expect(ignored.repo).toEqual(repo)
  })

  it('refuse an agent that could not be started here', async () => {
    const { repo } = await optio.connected()
    const edit = (body: Record<string, unknown>) =>
      failure(optio.client.repos.edit({ params: { id: repo.id }, body }))
    const plain = join(optio.directory, 'not-executable')
    await writeFile(plain, '#!/bin/sh\n')
    for (const program of ['no-such-program', './agent', 'dir/agent', plain, optio.directory]) {
      expect(await edit({ agentCommand: [program] })).toMatchObject({
        status: 422,
        code: 'AGENT_NOT_AVAILABLE',
      })
    }
    expect(await edit({ defaultAgentType: 'codex' })).toMatchObject({
      status: 422,
      code: 'AGENT_NOT_AVAILABLE',
    })
    expect(await edit({ reviewAgentType: 'codex' })).toMatchObject({
      status: 422,
      code: 'AGENT_NOT_AVAILABLE',
    })
    expect(await edit({ agentCommand: [] })).toMatchObject({ status: 400 })
    await chmod(plain, 0o755)
    const { repo: edited } = await optio.client.repos.edit({
      params: { id: repo.id },
      body: { agentCommand: [plain, '--flag', '$(id)'] },
    })
    expect(edited.agentCommand).toEqual([plain, '--flag', '$(id)'])
  })
})

describe('disconnecting', () => {
  it('is refused while tasks are unfinished, and connecting again brings the same repository back', async () => {
    const { repository, repo } = await optio.connected({ testCommand: 'make' })
    const task = await optio.task(repo)
    const disconnect = () => optio.client.repos.disconnect({ params: { id: repo.id } })
    expect(await failure(disconnect())).toMatchObject({ status: 409, code: 'REPO_IN_USE' })
    await optio.client.tasks.cancel({ params: { id: task.id } })
    expect(await disconnect()).toBeUndefined()
    expect(await failure(optio.client.repos.get({ params: { id: repo.id } }))).toMatchObject({
      status: 404,
      code: 'REPO_NOT_FOUND',
    })
    expect(await failure(disconnect())).toMatchObject({ status: 404 })
    const create = optio.client.tasks.create({ body: { repoUrl: repo.repoUrl, prompt: 'x' } })
    expect(await failure(create)).toMatchObject({ status: 422, code: 'REPO_NOT_CONNECTED' })
    // The task still tells which branch it was for.
    expect((await optio.client.tasks.get({ params: { id: task.id } })).task).toMatchObject({
      repoBranch: 'main',
    })
    const again = await optio.client.repos.connect({ body: { repoUrl: repository.path } })
    expect(again.repo).toMatchObject({ id: repo.id, testCommand: 'make' })
  })

  it('two at once connect a repository once', async () => {
    const repository = await makeRepository(join(optio.directory, 'twice'))
    const connect = () => optio.client.repos.connect({ body: { repoUrl: repository.path } })
    const results = await Promise.allSettled([connect(), connect(), connect()])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('takes settings of reviews and templates, and refuses a template that cannot be read', async () => {
    const { repo } = await optio.connected()
    const params = { id: repo.id }
    const body = {
      reviewEnabled: true,
      reviewTrigger: 'on_ci_pass',
      reviewAgentType: 'command',
      reviewModel: 'm',
      reviewPromptTemplate: 'Read {{ head }}.',
      maxTurnsReview: 7,
      maxReviewRounds: 2,
      onDependencyFailure: 'wait',
      promptTemplateOverride: '{{#if DRAFT}}draft{{/if}} {{ prompt }}',
    } as const
    const { repo: edited } = await optio.client.repos.edit({ params, body })
    expect(edited).toMatchObject(body)
    for (const wrong of [{ reviewPromptTemplate: '{{ head' }, { promptTemplateOverride: '{% nonsense %}' }]) {
      const error = await failure(optio.client.repos.edit({ params, body: wrong }))
      expect(error, JSON.stringify(wrong)).toMatchObject({ status: 400, code: 'TEMPLATE_INVALID' })
    }
    expect((await optio.client.repos.get({ params })).repo).toEqual(edited)
    const cleared = { reviewAgentType: null, reviewPromptTemplate: null, promptTemplateOverride: null }
    expect((await optio.client.repos.edit({ params, body: cleared })).repo).toMatchObject(cleared)
  })
})
