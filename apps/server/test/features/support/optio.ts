import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapterFor } from '@optio/agents'
import { type Client, createClient, executed, type Repo, type Task } from '@optio/contract'
import { type Forge, mergeCandidate } from '@optio/forges'
import { createLocalRuntime, createLocalWorkspaces } from '@optio/runtimes'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { pino } from 'pino'
import { assembleForges } from '../../../src/assemble-forges.ts'
import { assembleJobs } from '../../../src/assemble-jobs.ts'
import type { Database } from '../../../src/database/connection.ts'
import { openNotifyBus } from '../../../src/database/notify.ts'
import type { EngineContext } from '../../../src/engine/context.ts'
import { createCommands, startEngine } from '../../../src/engine/create-engine.ts'
import { createAgentAccess } from '../../../src/engine/credentials/agent-access.ts'
import { createWatcher } from '../../../src/engine/watch/watcher.ts'
import { type ApiDeps, createApi } from '../../../src/features/api.ts'
import { EventHub } from '../../../src/features/events/hub.ts'
import { registerEventSocket } from '../../../src/features/events/socket.ts'
import type { Github } from '../../../src/features/github/service.ts'
import { engineLog } from '../../../src/features/logs/engine-log.ts'
import { Metrics } from '../../../src/features/metrics/metrics.ts'
import { metricsRoutes } from '../../../src/features/metrics/routes.ts'
import { localPullRequestStore } from '../../../src/features/pull-requests/store.ts'
import { learnForgeId } from '../../../src/features/repos/forge-id.ts'
import { createSecretService, type SecretService } from '../../../src/features/secrets/service.ts'
import { buildApp } from '../../../src/http/app.ts'
import { KeyStore } from '../../../src/http/idempotency/key-store.ts'
import { listen } from '../../../src/http/listen.ts'
import { testDatabase } from '../../support/postgres.ts'
import { makeRepository, type TestRepository } from './git-repository.ts'

export interface TestOptio {
  readonly url: string
  readonly client: Client
  readonly database: Database
  readonly forge: Forge
  readonly context: EngineContext
  readonly secrets: SecretService
  readonly github: Github
  readonly app: FastifyInstance
  /** What was logged, one JSON object a line. */
  readonly logged: string[]
  /** A directory that is removed in the end. */
  readonly directory: string
  /** Sends a request as it is: for what the client would never send. */
  raw(path: string, init?: RequestInit): Promise<{ status: number; body: unknown; headers: Headers }>
  /** A new repository, connected with an agent that could be run. */
  connected(settings?: Record<string, unknown>): Promise<{ repository: TestRepository; repo: Repo }>
  task(repo: Repo, fields?: Record<string, unknown>): Promise<Task>
  close(): Promise<void>
}

/**
 * The API over a real socket, with real Postgres, git and engine. The engine has no slot to run agents in, so that tasks stay where
 * a test puts them. `change` is for what the API is to be given instead, `env` for Optio's own environment, such as GITHUB_API_URL.
 */
export async function startOptio(
  plugins: readonly FastifyPluginAsync[] = [],
  change: (deps: ApiDeps) => Partial<ApiDeps> = () => ({}),
  env: Readonly<Record<string, string>> = {},
): Promise<TestOptio> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'optio-api-')))
  const store = await testDatabase()
  const database = await store.open()
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) })
  const notify = await openNotifyBus({ database, log })
  let url = ''
  // A key that is saved is asked about, and no test asks anybody outside.
  const outside = { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', GITHUB_API_URL: 'http://127.0.0.1:9', ...env }
  const secrets = await createSecretService({
    ...{ database, notify, log, env: outside },
    masterKey: { variable: null, dataDir: join(directory, 'data') },
  })
  const { context, github } = await contextFor({
    ...{ directory, database, notify, log, secrets, env: outside },
    baseUrl: () => url,
  })
  const commands = createCommands(context)
  const forge = context.forge('local')
  const deps: ApiDeps = {
    database,
    secrets,
    commands,
    forgeFor: context.forge,
    github,
    publicUrl: null,
    mirrorDir: (id) => context.workspaces.mirrorDir(id),
    agentTypes: new Set(['command']),
    path: process.env.PATH ?? '',
    lastLogSummary: async () => 'the last line',
    environments: {
      hostId: context.config.hostId,
      cloneDir: (runId) => context.workspaces.paths(runId).clone,
    },
    startableAgents: async () => new Set(['command']),
    runtimeProblem: async () => null,
    diskUse: async () => ({ freeBytes: 5, totalBytes: 9, environmentsBytes: 1 }),
    version: '9.9.9',
    maxConcurrent: context.config.maxConcurrent,
  }
  const api = createApi({ ...deps, ...change(deps) })
  const events = new EventHub({ database, bus: notify, log })
  const metrics = new Metrics({ database, log, version: '9.9.9' })
  const app = buildApp({
    logger: log,
    version: '9.9.9',
    plugins: [
      api,
      async (scope) => metricsRoutes(scope, metrics),
      async (scope) => registerEventSocket(scope, { database, hub: events, log }),
      ...plugins,
    ],
    requestKeys: new KeyStore(database),
    measured: (request) => metrics.measured(request),
  })
  url = await listen(app, { host: '127.0.0.1', port: 0 })
  const engine = await startEngine({
    ...context,
    jobs: assembleJobs(context, {
      ...{ agentTypes: new Set(['command']), issueSyncMs: 60_000, github },
    }),
  })
  const client = createClient({ baseUrl: url })
  let count = 0
  const optio: TestOptio = {
    url,
    client,
    database,
    forge,
    context,
    secrets,
    github,
    app,
    logged,
    directory,
    async raw(path, init) {
      const response = await fetch(url + path, init)
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json')
      return {
        status: response.status,
        headers: response.headers,
        body: isJson && text !== '' ? JSON.parse(text) : text,
      }
    },
    async connected(settings = {}) {
      count += 1
      const repository = await makeRepository(join(directory, `repository-${count}`))
      const body = { repoUrl: repository.path, agentCommand: ['true'] as [string], ...settings }
      const { repo } = await client.repos.connect({ body })
      return { repository, repo }
    },
    async task(repo, fields = {}) {
      const body = { repoUrl: repo.repoUrl, prompt: 'Do something', ...fields }
      return executed(await client.tasks.create({ body })).task
    },
    async close() {
      await app.close()
      await engine.stop()
      events.close()
      secrets.close()
      await notify.close()
      await store.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return optio
}

async function contextFor({
  directory,
  database,
  notify,
  log,
  secrets,
  env,
  baseUrl,
}: Pick<EngineContext, 'database' | 'notify' | 'log'> & {
  directory: string
  secrets: SecretService
  env: Readonly<Record<string, string>>
  baseUrl: () => string
}): Promise<{ context: EngineContext; github: Github }> {
  const dataDir = join(directory, 'data')
  const store = localPullRequestStore({ database, baseUrl })
  const { forge, github } = assembleForges({
    local: { store, forbiddenDirs: [dataDir], freshMs: 0 },
    learnForgeId: (repository, found) => learnForgeId(database.orm, repository, found),
    ...{ env, secrets, reserve: 0.2, checksGraceMs: 0, version: '9.9.9', log },
  })
  const workspaces = createLocalWorkspaces({ dataDir })
  const context: EngineContext = {
    config: {
      maxConcurrent: 0,
      dataDir,
      minFreeBytes: 0,
      stopGraceMs: 1_000,
      retryBaseMs: 1_000,
      outputLimitBytes: 1e9,
      environmentTtlMs: 1e9,
      keptTtlMs: 1e9,
      tickMs: 1_000,
      sweepMs: 10_000,
      heartbeatTimeoutMs: 60_000,
      hiddenPaths: [],
      inheritedEnv: { PATH: process.env.PATH ?? '' },
      checksDir: join(dataDir, 'checks'),
      baseUrl,
      hostId: 'test',
      version: '9.9.9',
      watchMs: 30_000,
      checksGraceMs: 0,
      forgeReserve: 0.2,
    },
    database,
    notify,
    runtime: createLocalRuntime({ stateDir: join(dataDir, 'runtime'), orphanMs: 60_000 }),
    workspaces,
    forge,
    watcher: createWatcher({
      ...{ database, workspaces, forge, log, config: { watchMs: 30_000, forgeReserve: 0.2 } },
    }),
    mergeCandidate,
    adapter: adapterFor,
    engineLog,
    agentAccess: createAgentAccess({
      secrets,
      env: { PATH: process.env.PATH },
      home: join(directory, 'home'),
    }),
    followStep: async () => {
      throw new Error('no agent runs here')
    },
    log,
  }
  return { context, github }
}
