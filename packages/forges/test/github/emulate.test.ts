import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { createGithubClient, createGithubForge, githubAddresses, type RepositoryRef } from '@optio/forges'
import { createEmulator } from 'emulate'
import { afterAll, describe, expect, it } from 'vitest'

/*
 * Another's understanding of GitHub's REST API. It serves no GraphQL, no git over HTTP, no commit statuses, no ETags, finds no conflicts,
 * and takes any token; the rest of what the adapter uses of REST is asked here.
 */
const TOKEN = 'ghp_test_admin'
const emulator = await createEmulator({
  service: 'github',
  port: await freePort(),
  seed: {
    tokens: { [TOKEN]: { login: 'octocat', scopes: ['repo', 'admin:repo_hook'] } },
    github: {
      users: [{ login: 'octocat', email: 'octocat@example.org' }],
      repos: [{ owner: 'octocat', name: 'hello', auto_init: true }],
    },
  },
})
afterAll(async () => await emulator.close())

const credentialFor = async () => ({ token: TOKEN, source: 'secret' as const })
const addresses = githubAddresses({ GITHUB_API_URL: emulator.url })
const client = createGithubClient({ addresses, credentialFor, writeGapMs: 0, retryDelayMs: 1 })
const forge = createGithubForge({ client, credentialFor, unknownRetryMs: 1 })
const repository: RepositoryRef = {
  id: randomUUID(),
  workspaceId: randomUUID(),
  repoUrl: `${emulator.url}/octocat/hello`,
  fullName: 'octocat/hello',
  defaultBranch: 'main',
  mirrorDir: '/nonexistent/mirror.git',
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Asks the emulator itself; the adapter has no part in it. */
async function api(method: string, path: string, body?: unknown): Promise<Record<string, never>> {
  const response = await fetch(`${emulator.url}/repos/octocat/hello${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, never>
}

/** A branch with one commit of its own, and a pull request for it. */
async function opened(branch: string): Promise<{ number: number; headSha: string; baseSha: string }> {
  const main = (await api('GET', '/git/ref/heads/main')) as { object?: { sha?: string } }
  const baseSha = String(main.object?.sha)
  await api('POST', '/git/refs', { ref: `refs/heads/${branch}`, sha: baseSha })
  const content = Buffer.from(`${branch}\n`).toString('base64')
  await api('PUT', `/contents/${branch.replace('/', '-')}.txt`, { message: 'change things', content, branch })
  const head = (await api('GET', `/git/ref/heads/${branch}`)) as { object?: { sha?: string } }
  const headSha = String(head.object?.sha)
  const request = {
    ...{ runId: randomUUID(), title: 'Mend the sum', body: 'What was done.', draft: false },
    ...{ headRef: branch, headSha, baseRef: 'main' },
  }
  const { number } = await forge.openPullRequest(repository, request)
  expect((await forge.openPullRequest(repository, request)).number).toBe(number)
  return { number, headSha, baseSha }
}

describe('the adapter, against another’s GitHub', () => {
  it('opens, observes and merges exactly the head it was told', async () => {
    const { number, headSha, baseSha } = await opened('optio/a')
    const observation = await forge.observe(repository, number)
    expect(observation).toMatchObject({ number, state: 'open', headSha, baseSha, draft: false })
    const request = { number, headSha, baseSha, method: 'squash', actor: 'optio' } as const
    const other = { ...request, headSha: baseSha }
    expect(await forge.merge(repository, other)).toMatchObject({ outcome: 'refused', code: 'head_moved' })
    const merged = await forge.merge(repository, request)
    expect(merged).toMatchObject({ outcome: 'merged' })
    expect(await forge.merge(repository, request)).toEqual(merged)
    expect(await forge.observe(repository, number)).toMatchObject({ state: 'merged' })
    await expect(forge.close(repository, number, 'optio')).rejects.toMatchObject({
      code: 'PULL_REQUEST_NOT_OPEN',
    })
  })

  it('closes one, and knows which do not exist', async () => {
    const { number } = await opened('optio/b')
    await forge.close(repository, number, 'optio')
    await forge.close(repository, number, 'optio')
    expect(await forge.observe(repository, number)).toMatchObject({ state: 'closed' })
    await expect(forge.observe(repository, 9999)).rejects.toMatchObject({ code: 'PULL_REQUEST_NOT_FOUND' })
  })

  it('posts a review once', async () => {
    const { number, headSha } = await opened('optio/c')
    const review = {
      author: 'Optio review',
      state: 'commented',
      body: 'Fine.',
      comments: [],
      headSha,
    } as const
    const first = await forge.review(repository, number, review)
    expect((await forge.review(repository, number, review)).id).toBe(first.id)
  })

  it('reads issues without pull requests, comments once, labels, and closes', async () => {
    const { issues } = forge
    if (issues === undefined) throw new Error('this forge has issues')
    const made = (await api('POST', '/issues', { title: 'The sum is wrong', body: 'Look.' })) as {
      number?: number
    }
    const number = Number(made.number)
    const listed: number[] = []
    for await (const page of issues.changed(repository, { since: null, etag: null })) {
      if (!page.unchanged) listed.push(...page.issues.map((issue) => issue.number))
    }
    expect(listed).toEqual([number])
    await issues.comment(repository, number, { body: 'On it.', key: 'run:1' })
    await issues.comment(repository, number, { body: 'On it.', key: 'run:1' })
    expect((await issues.conversation(repository, number)).map(({ isOwn }) => isOwn)).toEqual([true])
    const label = { name: 'optio', color: '6d28d9', description: 'Optio works on it' }
    await issues.label(repository, number, label)
    await issues.label(repository, number, label)
    await issues.close(repository, number)
    expect(await issues.get(repository, number)).toMatchObject({ state: 'closed', labels: ['optio'] })
    expect(await issues.mayWrite(repository, 'octocat')).toBe(true)
  })

  it('knows whose credential it is', async () => {
    expect(await client.login({ workspaceId: 'w', repositoryId: null })).toBe('octocat')
    expect(forge.limits?.()[0]).toMatchObject({ owner: 'octocat', resource: 'core' })
  })
})
