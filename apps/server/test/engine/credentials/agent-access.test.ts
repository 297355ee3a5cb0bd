import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAgentAccess } from '../../../src/engine/credentials/agent-access.ts'
import { putGlobal, SecretPlace } from '../../secrets/support.ts'

const TOKEN = 'oat-token-of-a-login'
const RENEWAL = 'ort-what-renews-the-login'

const FOR_NOBODY = { workspaceId: '', repositoryId: null, userId: null, secrets: [], usedBy: 'a test' }

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'optio-access-'))
  await mkdir(join(root, 'bin'))
  await mkdir(join(root, 'lib'))
  await writeFile(join(root, 'lib', 'claude.js'), '#!/bin/sh\n')
  await chmod(join(root, 'lib', 'claude.js'), 0o755)
  await symlink('../lib/claude.js', join(root, 'bin', 'claude'))
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

function access(env: Record<string, string> = {}) {
  return createAgentAccess({ secrets: null, env: { PATH: join(root, 'bin'), ...env }, home: root })
}

async function login(expiresAt: number | null, directory = join(root, '.claude')): Promise<void> {
  await mkdir(directory, { recursive: true })
  const claudeAiOauth = { accessToken: TOKEN, refreshToken: RENEWAL, expiresAt }
  await writeFile(join(directory, '.credentials.json'), JSON.stringify({ claudeAiOauth }))
}

const hours = (count: number) => Date.now() + count * 3_600_000

async function refusal(env: Record<string, string> = {}) {
  return (await access(env).grant('claude-code', FOR_NOBODY)).failure
}

async function granted(env: Record<string, string> = {}) {
  const answer = await access(env).grant('claude-code', FOR_NOBODY)
  if (answer.failure) throw new Error(answer.failure.message)
  return answer
}

describe('what an agent is given', () => {
  test('is the credential its type declares, the settings it declares, and nothing else', async () => {
    const { env } = await granted({
      ANTHROPIC_API_KEY: 'the-api-key',
      ANTHROPIC_BASE_URL: 'http://gateway.test',
      HTTPS_PROXY: 'http://proxy.test',
      OPENAI_API_KEY: 'of another agent',
      GITHUB_TOKEN: 'of a forge',
      DATABASE_URL: 'of Optio',
    })
    expect(env).toEqual({
      ANTHROPIC_API_KEY: 'the-api-key',
      ANTHROPIC_BASE_URL: 'http://gateway.test',
      HTTPS_PROXY: 'http://proxy.test',
    })
  })

  test('is one credential, the preferred one', async () => {
    await login(hours(5))
    const both = { CLAUDE_CODE_OAUTH_TOKEN: 'the-token', ANTHROPIC_API_KEY: 'the-api-key' }
    expect((await granted(both)).env).toEqual({ ANTHROPIC_API_KEY: 'the-api-key' })
    const { ANTHROPIC_API_KEY: _, ...token } = both
    expect((await granted(token)).env).toEqual({ CLAUDE_CODE_OAUTH_TOKEN: 'the-token' })
  })

  test('of a login is the short-lived token, never what renews it', async () => {
    await login(hours(5))
    expect((await granted()).env).toEqual({ CLAUDE_CODE_OAUTH_TOKEN: TOKEN })
  })

  test('of a login in another place is found there', async () => {
    await login(hours(5), join(root, 'elsewhere'))
    const { env } = await granted({ CLAUDE_CONFIG_DIR: join(root, 'elsewhere') })
    expect(env).toEqual({ CLAUDE_CODE_OAUTH_TOKEN: TOKEN })
  })

  test('is the program by its absolute path, with the directories its links lead to', async () => {
    const { program, programDirectories } = await granted({ ANTHROPIC_API_KEY: 'the-api-key' })
    expect(program).toBe(join(root, 'bin', 'claude'))
    expect(programDirectories).toEqual([join(root, 'bin'), join(root, 'lib')])
  })

  test('is nothing for a type that needs nothing', async () => {
    expect(await access({ ANTHROPIC_API_KEY: 'the-api-key' }).grant('command', FOR_NOBODY)).toMatchObject({
      failure: null,
      program: null,
      env: {},
    })
  })
})

describe('an agent that could not work is refused in words', () => {
  test('without any credential', async () => {
    expect(await refusal()).toMatchObject({ kind: 'login' })
    expect((await refusal())?.message).toMatch(/no credential.*ANTHROPIC_API_KEY.*claude setup-token/)
  })

  test.each([-1, 0.1])('with a login that expires in %d hours', async (left) => {
    await login(hours(left))
    expect(await refusal()).toMatchObject({ kind: 'login', message: expect.stringContaining('expires at') })
    expect((await refusal())?.message).not.toContain(TOKEN)
  })

  test('with a login that cannot be read', async () => {
    await mkdir(join(root, '.claude'))
    await writeFile(join(root, '.claude', '.credentials.json'), '{"claudeAiOauth":')
    expect(await refusal()).toMatchObject({ kind: 'login' })
  })

  test('without its program', async () => {
    const failure = await refusal({ PATH: '/nowhere', ANTHROPIC_API_KEY: 'the-api-key' })
    expect(failure).toMatchObject({ kind: 'unavailable' })
    expect(failure?.message).toContain('npm install -g @anthropic-ai/claude-code')
  })
})

describe('what is kept out of what agents say', () => {
  test('is every credential that is known, also those no agent was given', async () => {
    await login(hours(-1))
    const it = access({ ANTHROPIC_API_KEY: 'the-api-key' })
    await it.learn()
    expect(it.redact(`the-api-key ${TOKEN} ${RENEWAL}`)).toBe('[redacted] [redacted] [redacted]')
  })

  test('is the token an agent was given, also after the login was renewed', async () => {
    await login(hours(5))
    const it = access()
    await it.grant('claude-code', FOR_NOBODY)
    await rm(join(root, '.claude'), { recursive: true })
    await it.learn()
    expect(it.redact(TOKEN)).toBe('[redacted]')
  })

  test('is the password of a proxy, as it is written and as it is meant', async () => {
    const it = access({
      HTTPS_PROXY: 'http://me:pass%40word@proxy.test:3128',
      http_proxy: 'me:s3cret-word@proxy.test',
    })
    await it.learn()
    expect(it.redact('HTTPS_PROXY=http://me:pass%40word@proxy.test, pass@word, s3cret-word')).toBe(
      'HTTPS_PROXY=http://me:[redacted]@proxy.test, [redacted], [redacted]',
    )
    expect(it.fingerprints()).toEqual([])
  })

  test('is the credential that is given, also when it was renewed while it was looked for', async () => {
    let looks = 0
    const env = {
      PATH: join(root, 'bin'),
      get ANTHROPIC_API_KEY() {
        looks += 1
        return looks === 1 ? 'the-older-key' : 'the-newer-key'
      },
    }
    const it = createAgentAccess({ secrets: null, env, home: root })
    const answer = await it.grant('claude-code', FOR_NOBODY)
    if (answer.failure) throw new Error(answer.failure.message)
    const given = answer.env.ANTHROPIC_API_KEY ?? ''
    expect(given).toBe('the-newer-key')
    expect(it.redact(given)).toBe('[redacted]')
    expect(it.fingerprints()).toHaveLength(2)
  })
})

describe('what is searched for in commits', () => {
  let place: SecretPlace
  beforeEach(async () => {
    place = await SecretPlace.make()
  })
  afterEach(() => place.close())

  const KEY = 'd5'.repeat(32)
  const ENV = { GITHUB_TOKEN: 'a-token-of-a-forge-in-the-environment', OPTIO_ENCRYPTION_KEY: KEY }

  async function accessTo(secrets: Awaited<ReturnType<SecretPlace['open']>>) {
    const it = createAgentAccess({ secrets, env: { PATH: join(root, 'bin') }, home: root })
    await it.learn()
    return it
  }

  test('is every secret of the installation that is no word: stored, of a webhook, and of Optio itself', async () => {
    const secrets = await place.open(KEY, ENV)
    await putGlobal(secrets, 'GITHUB_WEBHOOK_SECRET', 'what-github-signs-with')
    await putGlobal(secrets, 'STAGE', 'production')
    const names = (await accessTo(secrets)).sought().map(({ name }) => name)
    expect(names.sort()).toEqual(['GITHUB_TOKEN', 'GITHUB_WEBHOOK_SECRET', 'the encryption key'])
  })

  test('is not remembered on the disk where no agent was given it', async () => {
    const secrets = await place.open(KEY, ENV)
    await putGlobal(secrets, 'GITHUB_WEBHOOK_SECRET', 'what-github-signs-with')
    expect((await accessTo(secrets)).fingerprints()).toEqual([])
  })
})
