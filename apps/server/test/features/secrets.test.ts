import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Secret, saveSecretBody } from '@optio/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listSecretsQuery } from '../../src/features/secrets/queries.ts'
import { createSecretService } from '../../src/features/secrets/service.ts'
import { failure } from './support/failure.ts'
import { makeHook, SECRET, sign } from './support/hook.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

const VALUE = 'a value that/nobody "may" see'

/** Stands in for the services that are asked about credentials; what it is asked is kept. */
let services: Server
let asked: IncomingMessage[] = []
let answer: { status: number; headers?: Record<string, string>; body?: string }
let optio: TestOptio
beforeAll(async () => {
  services = createServer((request, response) => {
    asked.push(request)
    response.writeHead(answer.status, answer.headers).end(answer.body ?? '{}')
  })
  await new Promise<void>((resolve) => services.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(services.address() as AddressInfo).port}`
  answer = { status: 500 }
  optio = await startOptio([], () => ({}), { ANTHROPIC_BASE_URL: address, GITHUB_API_URL: address })
})
afterAll(async () => {
  await optio.close()
  services.close()
})

const save = (name: string, value: string, scope?: string) =>
  optio.client.secrets.save({ body: { name, value, ...(scope === undefined ? {} : { scope }) } })
const list = async (query: { scope?: string; limit?: number; cursor?: string } = {}) =>
  await optio.client.secrets.list({ query })
const find = async (name: string, scope = 'global'): Promise<Secret | undefined> =>
  (await list({ limit: 1000 })).secrets.find((each) => each.name === name && each.scope === scope)
const remove = (name: string, scope?: string) =>
  optio.client.secrets.remove({ params: { name }, query: scope === undefined ? {} : { scope } })

/** Everything the database holds, as text, with bytes in hexadecimal. */
async function everythingStored(): Promise<string> {
  const tables = await optio.database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const rows: string[] = []
  for (const { name } of tables.rows) {
    const found = await optio.database.pool.query<{ row: string }>(
      `select to_jsonb(t)::text as row from ${name} t`,
    )
    rows.push(...found.rows.map(({ row }) => row))
  }
  return rows.join('\n')
}

describe('a secret', () => {
  it('is saved, listed and deleted by its name and scope, and its value is in no answer', async () => {
    const saved = await save('MY_TOKEN', VALUE)
    expect(saved).toEqual({ id: saved.id, name: 'MY_TOKEN', scope: 'global' })
    const shown = await find('MY_TOKEN')
    expect(shown).toEqual({
      ...{ id: saved.id, name: 'MY_TOKEN', scope: 'global', repoId: null, readable: true },
      ...{ usedBy: [], lastUsedAt: null, lastUsedBy: null, validation: null, createdBy: 'local' },
      ...{ createdAt: shown?.createdAt, updatedAt: shown?.createdAt },
    })
    await remove('MY_TOKEN')
    expect(await find('MY_TOKEN')).toBeUndefined()
    expect(await failure(remove('MY_TOKEN'))).toMatchObject({ status: 404, code: 'SECRET_NOT_FOUND' })
  })

  it('is replaced by the one of the same name and scope, and stands beside those of other scopes', async () => {
    const { repo } = await optio.connected()
    const first = await save('LAYERED', 'the first value')
    const other = await save('LAYERED', 'that of a repository', repo.repoUrl)
    const own = await save('LAYERED', 'that of a person', 'user')
    const again = await save('LAYERED', 'the second value')
    expect(again.id).toBe(first.id)
    expect(new Set([first.id, other.id, own.id]).size).toBe(3)
    const { secrets } = optio
    const about = { repositoryId: repo.id, userId: 'local' }
    const workspaceId = repo.workspaceId
    const value = async (given = {}) => (await secrets.resolve(workspaceId, 'LAYERED', given))?.value
    expect(await value()).toBe('the second value')
    expect(await value({ repositoryId: repo.id })).toBe('that of a repository')
    expect(await value(about)).toBe('that of a person')
    expect(await value({ userId: 'somebody else' })).toBe('the second value')
    expect((await list({ scope: repo.repoUrl })).secrets.map(({ id }) => id)).toEqual([other.id])
    expect((await list({ scope: 'user' })).secrets.map(({ id }) => id)).toEqual([own.id])
    await remove('LAYERED', repo.repoUrl)
    expect(await value({ repositoryId: repo.id })).toBe('the second value')
  })

  it('of a repository that was disconnected is still listed, and can be deleted', async () => {
    const { repo } = await optio.connected()
    await save('LEFT_BEHIND', VALUE, repo.repoUrl)
    await optio.client.repos.disconnect({ params: { id: repo.id } })
    expect(await find('LEFT_BEHIND', repo.repoUrl)).toMatchObject({ repoId: repo.id })
    expect((await list({ scope: repo.repoUrl })).secrets).toHaveLength(1)
    expect(await failure(save('LEFT_BEHIND', VALUE, repo.repoUrl))).toMatchObject({
      code: 'REPO_NOT_CONNECTED',
    })
    await remove('LEFT_BEHIND', repo.repoUrl)
    expect(await find('LEFT_BEHIND', repo.repoUrl)).toBeUndefined()
  })

  it('is refused with a name that is no variable, a blank value, or an unknown scope', async () => {
    for (const name of ['lower_case', '1ST', 'WITH-DASH', '', 'A B']) {
      expect(await failure(save(name, VALUE))).toMatchObject({ status: 400, code: 'VALIDATION' })
    }
    expect(await failure(save('BLANK', '  \n'))).toMatchObject({ status: 400 })
    expect(await failure(save('ANY', VALUE, '/no/such/repository'))).toMatchObject({
      status: 422,
      code: 'REPO_NOT_CONNECTED',
    })
    expect(saveSecretBody.safeParse({ name: 'ANY', value: VALUE }).success).toBe(true)
  })

  it('is in no table, log or event as it is, nor in base64', async () => {
    await save('HIDDEN', VALUE)
    await save('HIDDEN', `${VALUE}, replaced`)
    await failure(save('HIDDEN', VALUE, '/no/such/repository'))
    await remove('HIDDEN')
    const everything = [await everythingStored(), ...optio.logged].join('\n')
    const core = Buffer.from(VALUE).toString('base64').slice(2, -4)
    for (const trace of [
      VALUE,
      JSON.stringify(VALUE).slice(1, -1),
      encodeURIComponent(VALUE),
      core,
      Buffer.from(VALUE).toString('hex'),
    ]) {
      expect(everything).not.toContain(trace)
    }
    expect(everything).toContain('Deleted the secret HIDDEN.')
  })

  it('whose row was changed or moved is told as unreadable, is not used, and can be replaced', async () => {
    const { database, secrets } = optio
    const { id } = await save('TAMPERED', VALUE)
    const { id: other } = await save('TARGET', 'another value')
    const { repo } = await optio.connected()
    const changes = [
      `set sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)`,
      `set sealed = (select sealed from secrets where id = '${other}')`,
      `set name = 'RENAMED'`,
      `set scope = 'user', user_id = 'local'`,
      `set scope = 'repository', repository_id = '${repo.id}'`,
    ]
    for (const change of changes) {
      const before = await database.pool.query('select * from secrets where id = $1', [id])
      await database.pool.query(`update secrets ${change} where id = $1`, [id])
      const shown = (await list({ limit: 1000 })).secrets.find((each) => each.id === id)
      expect(shown?.readable).toBe(false)
      await expect(
        secrets.resolve(repo.workspaceId, shown?.name ?? '', { repositoryId: repo.id, userId: 'local' }),
      ).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
      const [row] = before.rows
      await database.pool.query(
        'update secrets set sealed = $2, name = $3, scope = $4, repository_id = null, user_id = null where id = $1',
        [id, row.sealed, row.name, row.scope],
      )
    }
    expect((await find('TAMPERED'))?.readable).toBe(true)
    await database.pool.query(`update secrets ${changes[0]} where id = $1`, [id])
    await save('TAMPERED', 'a new value')
    expect((await find('TAMPERED'))?.readable).toBe(true)
  })

  it('of another person is neither listed nor found by name', async () => {
    await save('PRIVATE', VALUE, 'user')
    await optio.database.pool.query(`update secrets set user_id = 'somebody' where name = 'PRIVATE'`)
    expect((await list({ limit: 1000 })).secrets.map(({ name }) => name)).not.toContain('PRIVATE')
    expect(await failure(remove('PRIVATE', 'user'))).toMatchObject({ code: 'SECRET_NOT_FOUND' })
  })

  it('tells who uses it, and when it was used last', async () => {
    await save('NPM_TOKEN', VALUE)
    const { repo } = await optio.connected({ agentSecrets: ['NPM_TOKEN'] })
    expect(await find('NPM_TOKEN')).toMatchObject({
      usedBy: [`agents on ${repo.fullName}`],
      lastUsedAt: null,
    })
    await optio.secrets.resolve(repo.workspaceId, 'NPM_TOKEN', { usedBy: 'A task' })
    await expect.poll(async () => (await find('NPM_TOKEN'))?.lastUsedBy).toBe('A task')
  })
})

describe('the service a secret belongs to', () => {
  it('is asked when it is saved, at its own address alone, and what it says is told', async () => {
    answer = { status: 200, headers: { 'x-oauth-scopes': 'repo, read:org' }, body: '{"login":"octocat"}' }
    asked = []
    const { validation } = await save('GITHUB_TOKEN', 'ghp-of-a-test')
    expect(validation).toEqual({
      valid: true,
      detail: 'A token of octocat with the scopes repo, read:org.',
      checkedAt: validation?.checkedAt,
    })
    expect(asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/user', 'Bearer ghp-of-a-test'],
    ])
    expect((await find('GITHUB_TOKEN'))?.validation).toEqual(validation)
  })

  it.each([
    [{ status: 401 }, false, 'refuses it'],
    [{ status: 302, headers: { location: 'http://elsewhere.test/' } }, null, 'says nothing'],
    [{ status: 502, body: '<html>' }, null, 'says nothing'],
  ])('that answers %o is never enforced', async (given, valid, words) => {
    answer = given
    asked = []
    const { validation } = await save('ANTHROPIC_API_KEY', 'the-key-of-a-test')
    expect(validation).toMatchObject({ valid, detail: expect.stringContaining(words) })
    expect(asked).toHaveLength(1)
    expect(asked[0]?.headers['x-api-key']).toBe('the-key-of-a-test')
    expect(await find('ANTHROPIC_API_KEY')).toMatchObject({
      readable: true,
      usedBy: ['agents of type claude-code'],
    })
  })

  it('that quotes the value gets it into no answer', async () => {
    answer = { status: 200, body: JSON.stringify({ login: 'the-quoted-token' }) }
    const { validation } = await save('GITHUB_TOKEN', 'the-quoted-token')
    expect(JSON.stringify(validation)).not.toContain('the-quoted-token')
  })
})

describe('the list', () => {
  it('comes in pages, newest first, by its index', async () => {
    for (let i = 0; i < 5; i++) await save(`PAGED_${i}`, `the value ${i}`)
    const first = await list({ limit: 3 })
    expect(first.secrets.map(({ name }) => name)).toEqual(['PAGED_4', 'PAGED_3', 'PAGED_2'])
    const second = await list({ limit: 3, cursor: first.nextCursor ?? '' })
    expect(second.secrets.slice(0, 2).map(({ name }) => name)).toEqual(['PAGED_1', 'PAGED_0'])
    const query = listSecretsQuery(optio.database.orm, '00000000-0000-0000-0000-000000000001', 'local', {
      limit: 3,
    })
    expect(query.toSQL().sql).toContain('nulls last')
  })
})

describe('encryption', () => {
  it('is rotated by a request, and says how far it is', async () => {
    const { encryption: before } = await optio.client.secrets.encryption({})
    expect(before).toMatchObject({
      source: 'file',
      activeKeyId: 'k1',
      secretsOfOlderKeys: 0,
      rotatedAt: null,
    })
    await save('ROTATED', VALUE)
    const { encryption } = await optio.client.secrets.rotateKey({})
    expect(encryption.activeKeyId).toBe('k2')
    expect(encryption.rotatedAt).not.toBeNull()
    expect((await find('ROTATED'))?.readable).toBe(true)
  })
})

describe('the secret of a webhook', () => {
  const open = (dataDir = join(optio.directory, 'data')) =>
    createSecretService({
      ...{ database: optio.database, notify: optio.context.notify, log: optio.context.log, env: {} },
      masterKey: { variable: null, dataDir },
    })

  it('that an earlier version stored as it was works, and is encrypted at the next start', async () => {
    const hook = await makeHook(optio, { secret: SECRET })
    const stored = async () => {
      const { rows } = await optio.database.pool.query(
        'select secret, sealed_secret is null as clear from triggers where id = $1',
        [hook.trigger.id],
      )
      return rows[0]
    }
    await optio.database.pool.query(
      'update triggers set secret = $2, sealed_secret = null, secret_key_id = null where id = $1',
      [hook.trigger.id, SECRET],
    )
    expect((await hook.call({ title: 'x' }, sign('{"title":"x"}'))).status).toBe(202)
    const secrets = await open()
    expect(await stored()).toEqual({ secret: null, clear: false })
    expect((await secrets.values()).map(({ value }) => value)).toContain(SECRET)
    secrets.close()
    expect((await hook.call({ title: 'y' }, sign('{"title":"y"}'))).status).toBe(202)
    expect((await hook.call({ title: 'y' }, sign('{"title":"z"}'))).status).toBe(401)
    expect(await everythingStored()).not.toContain(SECRET)
  })

  it('is refused in words when it was moved from another', async () => {
    const [one, other] = [
      await makeHook(optio, { secret: SECRET }),
      await makeHook(optio, { secret: 'another-secret' }),
    ]
    await optio.database.pool.query(
      'update triggers set sealed_secret = (select sealed_secret from triggers where id = $2) where id = $1',
      [one.trigger.id, other.trigger.id],
    )
    expect(await one.call({ title: 'x' }, sign('{"title":"x"}', 'another-secret'))).toMatchObject({
      status: 503,
      body: { code: 'SECRET_UNREADABLE' },
    })
  })
})

describe('agents', () => {
  it('are refused names whose holder could write to a forge, or that decide what programs do', async () => {
    const names = ['GITHUB_TOKEN', 'GH_TOKEN', 'GITLAB_TOKEN', 'PATH', 'LD_PRELOAD', 'NODE_OPTIONS']
    const { repo } = await optio.connected()
    for (const name of [...names, 'GIT_SSH_COMMAND', 'HOME', 'OPTIO_TASK_ID']) {
      const agentSecrets = [name]
      const attempts = [
        () => optio.client.repos.edit({ params: { id: repo.id }, body: { agentSecrets } }),
        () => optio.client.tasks.create({ body: { repoUrl: repo.repoUrl, prompt: 'Do it', agentSecrets } }),
        () =>
          optio.client.tasks.create({
            body: {
              type: 'standalone',
              agentType: 'command',
              agentCommand: ['true'],
              prompt: 'Do it',
              agentSecrets,
            },
          }),
      ]
      for (const attempt of attempts) {
        expect(await failure(attempt())).toMatchObject({ status: 400, code: 'VALIDATION' })
      }
    }
  })
})
