import type { Forge } from '@optio/forges'
import { describe, expect, it } from 'vitest'
import { BOT, type Connected, githubWorld } from './support/world.ts'

const w = await githubWorld()
const { forge, github } = w

async function refusal(task: Promise<unknown>): Promise<{ code: string; message: string; missing: unknown }> {
  const error = await task.then(
    (facts) => ({ answered: facts }),
    (thrown: unknown) => thrown,
  )
  const { code, message, details } = error as {
    code: string
    message: string
    details?: { missing?: unknown }
  }
  if (code === undefined) throw new Error(`not refused: ${JSON.stringify(error)} ${String(error)}`)
  return { code, message, missing: details?.missing }
}

const ALL = {
  contents: 'write',
  issues: 'write',
  pull_requests: 'write',
  checks: 'read',
  statuses: 'read',
  actions: 'read',
} as const

function fineGrained(r: Connected, permissions: Readonly<Record<string, 'read' | 'write'>>): Forge {
  r.fake.allow('fine-bot', 'write')
  return w.forgeWith({ login: 'fine-bot', permissions })
}

describe('connecting a repository on GitHub', () => {
  it('answers what it is called, however its address is spelled', async () => {
    const r = await w.repository({ private: true })
    const { id: forgeId, url: repoUrl, fullName } = r.fake
    const facts = { repoUrl, fullName, defaultBranch: 'main', isPrivate: true, forgeId }
    const spelled = [
      r.fake.url,
      `${r.fake.url}.git`,
      `${r.fake.url}/`,
      r.fake.url.replace('/acme/', '/ACME/'),
    ]
    for (const url of spelled) expect(await forge.connect(url, 'w')).toEqual(facts)
  })

  it('answers today’s name of one that was renamed or moved', async () => {
    const r = await w.repository()
    const old = r.fake.url
    r.fake.rename(`${r.fake.name}-new`)
    expect(await forge.connect(old, 'w')).toMatchObject({ repoUrl: `${old}-new`, fullName: r.fake.fullName })
    r.fake.transfer('other')
    expect((await forge.connect(old, 'w')).fullName).toMatch(/^other\//)
  })

  it('writes nothing to find out, with any credential', async () => {
    const r = await w.repository()
    const before = JSON.stringify([
      r.fake.issues(),
      r.fake.pullRequests(),
      r.fake.branches(),
      r.fake.labels(),
    ])
    await forge.connect(r.fake.url, 'w')
    await fineGrained(r, ALL).connect(r.fake.url, 'w')
    expect(JSON.stringify([r.fake.issues(), r.fake.pullRequests(), r.fake.branches(), r.fake.labels()])).toBe(
      before,
    )
    expect(
      github.requests
        .all('POST *')
        .filter(({ surface, status }) => surface === 'rest' && Number(status) < 400),
    ).toEqual([])
  })

  it('names exactly the permissions that a fine-grained token lacks', async () => {
    const r = await w.repository({ private: true })
    const lacking = async (permissions: Readonly<Record<string, 'read' | 'write'>>) =>
      await refusal(fineGrained(r, permissions).connect(r.fake.url, 'w'))
    const { contents: _contents, ...noContents } = ALL
    const { issues: _issues, ...noIssues } = ALL
    expect(await lacking({ ...ALL, contents: 'read' })).toMatchObject({
      code: 'FORGE_PERMISSION',
      missing: ['Contents: write'],
    })
    expect(await lacking(noContents)).toMatchObject({ missing: ['Contents: write'] })
    expect(await lacking({ ...ALL, pull_requests: 'read' })).toMatchObject({
      missing: ['Pull requests: write'],
    })
    expect(await lacking(noIssues)).toMatchObject({ missing: ['Issues: write'] })
    const most = await lacking({})
    expect(most.missing).toEqual(['Contents: write', 'Pull requests: write', 'Issues: write'])
    expect(most.message).toContain('Pull requests: write')
    const spec = { contents: 'write', issues: 'write', pull_requests: 'write' } as const
    expect(await fineGrained(r, spec).connect(r.fake.url, 'w')).toMatchObject({ fullName: r.fake.fullName })
  })

  it('names the scope that a classic token lacks', async () => {
    const open = await w.repository()
    const closed = await w.repository({ private: true })
    const classic = (...scopes: string[]) => w.forgeWith({ login: BOT, scopes })
    expect(await refusal(classic('read:user').connect(open.fake.url, 'w'))).toMatchObject({
      code: 'FORGE_PERMISSION',
      missing: ['scope repo or public_repo'],
    })
    expect(await classic('public_repo').connect(open.fake.url, 'w')).toMatchObject({ isPrivate: false })
    expect((await refusal(classic('public_repo').connect(closed.fake.url, 'w'))).code).toBe(
      'REPO_NOT_ACCESSIBLE',
    )
  })

  it('says so when the account may only read', async () => {
    const r = await w.repository({ permissions: { [BOT]: 'read' } })
    const refused = await refusal(forge.connect(r.fake.url, 'w'))
    expect(refused).toMatchObject({ code: 'FORGE_PERMISSION', message: expect.stringContaining(BOT) })
  })

  it('refuses in words what cannot be worked on', async () => {
    const archived = await w.repository()
    archived.fake.archive()
    expect((await refusal(forge.connect(archived.fake.url, 'w'))).message).toContain('archived')
    const disabled = await w.repository({ settings: { disabled: true } })
    expect((await refusal(forge.connect(disabled.fake.url, 'w'))).code).toBe('UNSUPPORTED')
    const empty = await w.repository({ files: null })
    expect((await refusal(forge.connect(empty.fake.url, 'w'))).code).toBe('REPO_EMPTY')
    const none = await refusal(forge.connect(`${github.url}/acme/none`, 'w'))
    expect(none).toMatchObject({ code: 'REPO_NOT_ACCESSIBLE', message: expect.stringContaining(BOT) })
    expect((await refusal(forge.connect('https://gitlab.com/a/b', 'w'))).code).toBe('UNSUPPORTED')
  })

  it('without a credential, or with one that is revoked, says what to do', async () => {
    const r = await w.repository()
    const token = w.credential
    if (token === null) throw new Error('there is a token')
    github.revokeToken(token)
    expect(await refusal(forge.connect(r.fake.url, 'w'))).toMatchObject({ code: 'FORGE_CREDENTIAL' })
    github.restoreToken(token)
    w.credential = null
    const none = await refusal(forge.connect(r.fake.url, 'w'))
    expect(none).toMatchObject({ code: 'FORGE_CREDENTIAL', message: expect.stringContaining('GITHUB_TOKEN') })
    w.credential = token
  })

  it('is no refusal when GitHub does not answer', async () => {
    const r = await w.repository()
    github.faults.failAlways('GET *', 502)
    await expect(forge.connect(r.fake.url, 'w')).rejects.toMatchObject({ reason: 'failing' })
    github.faults.clear()
  })
})
