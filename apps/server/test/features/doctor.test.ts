import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Diagnosis, DoctorReport } from '@optio/contract'
import type { IsolationReport } from '@optio/runtimes'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openNotifyBus } from '../../src/database/notify.ts'
import { DEFAULT_WORKSPACE_ID } from '../../src/database/schema/index.ts'
import { examine } from '../../src/features/doctor/examine.ts'
import { createDoctorService } from '../../src/features/doctor/service.ts'
import type { Surroundings } from '../../src/features/doctor/surroundings.ts'
import { createSecretService } from '../../src/features/secrets/service.ts'
import { testDatabase } from '../support/postgres.ts'

let directory: string
let surroundings: Surroundings

const FIRM: IsolationReport = { processes: 'bubblewrap', hidesFiles: true, probes: [] }

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optio-doctor-'))
  await mkdir(join(directory, 'bin'))
  await mkdir(join(directory, 'home'))
  await mkdir(join(directory, 'data'), { mode: 0o700 })
  surroundings = {
    config: {
      host: '127.0.0.1',
      port: 0,
      dataDir: join(directory, 'data'),
      databaseUrl: null,
      encryptionKey: null,
      minFreeBytes: 0,
    },
    env: { PATH: `${join(directory, 'bin')}:${process.env.PATH}` },
    home: join(directory, 'home'),
    version: '9.9.9',
    isolation: async () => FIRM,
    server: null,
  }
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

const SECRET = 'sk-ant-api03-very-secret-value-that-is-long'

async function look(changes: Partial<Surroundings> = {}): Promise<DoctorReport> {
  return await examine({ ...surroundings, ...changes })
}

function of(report: DoctorReport, id: string): Diagnosis | undefined {
  return report.diagnoses.find((each) => each.id === id)
}

/** Puts a program named `claude` on the PATH. */
async function install(script: string): Promise<void> {
  const file = join(directory, 'bin', 'claude')
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
}

const claude = (report: DoctorReport) => report.agents.find(({ type }) => type === 'claude-code')

it('an agent that is installed and logged in is available, and its secret is nowhere in the report', async () => {
  await install('echo "2.1.197 (Claude Code)"')
  const report = await look({ env: { ...surroundings.env, ANTHROPIC_API_KEY: SECRET } })
  expect(claude(report)).toEqual({
    type: 'claude-code',
    available: true,
    version: '2.1.197',
    login: 'api_key',
    problem: null,
  })
  expect(of(report, 'agent:claude-code')).toMatchObject({ status: 'ok', remedy: null })
  expect(JSON.stringify(report)).not.toContain(SECRET)
})

it('an agent is told apart by what it lacks: the program, a version, a login that holds', async () => {
  const env = { PATH: join(directory, 'bin') }
  expect(of(await look({ env }), 'agent:claude-code')).toMatchObject({
    status: 'off',
    remedy: expect.stringContaining('npm install'),
  })

  await install('echo "2.1.197 (Claude Code)"')
  expect(claude(await look())).toMatchObject({
    available: false,
    problem: expect.stringContaining('not logged in'),
  })

  await mkdir(join(directory, 'home', '.claude'))
  const login = { claudeAiOauth: { accessToken: SECRET, expiresAt: Date.now() - 1000 } }
  await writeFile(join(directory, 'home', '.claude', '.credentials.json'), JSON.stringify(login))
  const expired = await look()
  expect(of(expired, 'agent:claude-code')).toMatchObject({
    status: 'problem',
    detail: expect.stringContaining('ends at'),
  })
  expect(expired.ok).toBe(false)

  await install('echo "1.0.0 (Claude Code)"')
  expect(claude(await look())).toMatchObject({ available: false, version: '1.0.0' })
  await install('exit 7')
  expect(of(await look(), 'agent:claude-code')).toMatchObject({
    status: 'problem',
    detail: expect.stringContaining('ended with 7'),
  })
})

it('an agent’s program gets no variable of Optio and no credential when it is asked for its version', async () => {
  await install('env > "$HOME/env"; echo 2.1.197')
  await look({
    env: {
      ...surroundings.env,
      ANTHROPIC_API_KEY: SECRET,
      OPTIO_DATA_DIR: '/x',
      DATABASE_URL: 'postgres://secret',
    },
  })
  const seen = await readFile(join(directory, 'home', 'env'), 'utf8')
  expect(seen).not.toMatch(/secret|OPTIO_|DATABASE_/)
})

it('a machine that isolates nothing is warned about, with a remedy', async () => {
  const probes = [{ name: 'bubblewrap', works: false, detail: 'bwrap (package bubblewrap) is not installed' }]
  const report = await look({
    isolation: async () => ({ processes: 'best-effort', hidesFiles: false, probes }),
  })
  expect(of(report, 'isolation')).toMatchObject({
    status: 'warning',
    remedy: expect.stringMatching(/bubblewrap|Linux/),
  })
  expect(of(report, 'isolation:processes')).toMatchObject({ status: 'warning' })
  const broken = await look({ isolation: async () => Promise.reject(new Error('no /proc')) })
  expect(of(broken, 'isolation')).toMatchObject({
    status: 'problem',
    detail: expect.stringContaining('no /proc'),
  })
})

it('a port that is taken is a problem that names who has it', async () => {
  const other = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const report = await look({ config: { ...surroundings.config, port } })
  expect(of(report, 'port')).toMatchObject({
    status: 'problem',
    remedy: expect.stringContaining('OPTIO_PORT'),
  })
  await new Promise((resolve) => other.close(resolve))
  expect(of(await look({ config: { ...surroundings.config, port } }), 'port')).toMatchObject({ status: 'ok' })
})

it('a data directory that others may write to, a full disk, a bad proxy and certificates that are none are told', async () => {
  await chmod(surroundings.config.dataDir, 0o777)
  await writeFile(join(directory, 'ca.pem'), 'nothing')
  const report = await look({
    config: { ...surroundings.config, minFreeBytes: Number.MAX_SAFE_INTEGER },
    env: {
      ...surroundings.env,
      HTTPS_PROXY: 'http://user:pass-word@proxy.example:3128',
      HTTP_PROXY: 'nonsense',
      NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem'),
      SSL_CERT_FILE: join(directory, 'missing.pem'),
    },
  })
  const status = (id: string) => of(report, id)?.status
  expect(
    [
      'data-directory',
      'disk',
      'proxy:HTTPS_PROXY',
      'proxy:HTTP_PROXY',
      'ca:NODE_EXTRA_CA_CERTS',
      'ca:SSL_CERT_FILE',
    ].map(status),
  ).toEqual(['problem', 'problem', 'warning', 'problem', 'problem', 'problem'])
  expect(JSON.stringify(report)).not.toContain('pass-word')
})

it('looks at the database without starting or changing one', async () => {
  expect(of(await look(), 'database')).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining('first start'),
  })
  expect(await stat(join(surroundings.config.dataDir, 'postgres')).catch(() => null)).toBeNull()
  const unreachable = await look({
    config: { ...surroundings.config, databaseUrl: 'postgres://optio:hush@127.0.0.1:9/optio' },
  })
  expect(of(unreachable, 'database')).toMatchObject({
    status: 'problem',
    detail: expect.stringContaining('cannot be reached'),
  })
  expect(JSON.stringify(unreachable)).not.toContain('hush')

  const empty = await testDatabase({ empty: true })
  const made = await testDatabase()
  try {
    const judged = async (databaseUrl: string) =>
      of(await look({ config: { ...surroundings.config, databaseUrl } }), 'database')
    expect(await judged(empty.url)).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/0 of \d+ migrations/),
    })
    expect(await judged(made.url)).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('DATABASE_URL'),
    })
  } finally {
    await empty.drop()
    await made.drop()
  }
})

it('a report is as good as new for half a minute, and made once for all who ask', async () => {
  let looks = 0
  let now = 1_000_000
  const isolation = async () => {
    looks += 1
    return FIRM
  }
  const counted = { ...surroundings, isolation }
  const service = createDoctorService(counted, () => now)
  const [one, other] = await Promise.all([service.report(), service.report()])
  expect(other).toBe(one)
  now += 29_000
  expect(await service.report()).toBe(one)
  expect(looks).toBe(1)
  now += 2_000
  await service.report()
  expect(looks).toBe(2)
})

it('the key of secrets is looked at: others may not read it, and what it does not open is a problem', async () => {
  const store = await testDatabase()
  const database = await store.open()
  const log = pino({ level: 'silent' })
  const notify = await openNotifyBus({ database, log })
  try {
    const { dataDir } = surroundings.config
    const masterKey = { variable: null, dataDir }
    const secrets = await createSecretService({ database, notify, log, env: {}, masterKey })
    const place = {
      workspaceId: DEFAULT_WORKSPACE_ID,
      scope: 'global',
      repositoryId: null,
      userId: null,
    } as const
    await secrets.put({ ...place, name: 'ANTHROPIC_API_KEY', value: SECRET }, 'ann')
    const server = { database, secrets, url: 'http://127.0.0.1:9' }
    await install('echo "2.1.197 (Claude Code)"')
    const well = await look({ server })
    expect(of(well, 'encryption-key')).toMatchObject({ status: 'ok' })
    expect(claude(well)).toMatchObject({ available: true, login: 'api_key' })
    expect(JSON.stringify(well)).not.toContain(SECRET)
    await chmod(join(dataDir, 'encryption-key'), 0o644)
    expect(of(await look({ server }), 'encryption-key')).toMatchObject({
      status: 'problem',
      remedy: expect.stringContaining('chmod 600'),
    })
    await rm(join(dataDir, 'encryption-key'))
    const anew = await createSecretService({ database, notify, log, env: {}, masterKey })
    const lost = await look({ server: { ...server, secrets: anew } })
    expect(of(lost, 'encryption-key')).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining('missing'),
    })
    expect(claude(lost)).toMatchObject({ available: false })
    secrets.close()
    anew.close()
  } finally {
    await notify.close()
    await store.drop()
  }
})
