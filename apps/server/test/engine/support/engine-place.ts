import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { adapterFor } from '@optio/agents'
import { mergeCandidate } from '@optio/forges'
import { createLocalRuntime, createLocalWorkspaces } from '@optio/runtimes'
import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import { uuidv7 } from 'uuidv7'
import { assembleForges } from '../../../src/assemble-forges.ts'
import type { Database } from '../../../src/database/connection.ts'
import { openNotifyBus } from '../../../src/database/notify.ts'
import { DEFAULT_WORKSPACE_ID, repositories, runs } from '../../../src/database/schema/index.ts'
import type { EngineConfig, EngineContext } from '../../../src/engine/context.ts'
import { createCommands, type Engine, startEngine } from '../../../src/engine/create-engine.ts'
import { createAgentAccess } from '../../../src/engine/credentials/agent-access.ts'
import type { EngineCommands, NewRun, RunRef } from '../../../src/engine/engine.ts'
import { createWatcher } from '../../../src/engine/watch/watcher.ts'
import { engineLog } from '../../../src/features/logs/engine-log.ts'
import { LogHub } from '../../../src/features/logs/hub.ts'
import { followStep } from '../../../src/features/logs/ingest/follow-step.ts'
import { localPullRequestStore } from '../../../src/features/pull-requests/store.ts'
import { learnForgeId } from '../../../src/features/repos/forge-id.ts'
import { createSecretService } from '../../../src/features/secrets/service.ts'
import { makeRepository, type TestRepository } from '../../features/support/git-repository.ts'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'

export type RunRow = typeof runs.$inferSelect
export type RepositoryRow = typeof repositories.$inferSelect

export interface ConnectedRepository {
  readonly row: RepositoryRow
  readonly git: TestRepository
}

/** One process's share of the engine, as far as a single test process can have several. */
export interface Hand {
  readonly context: EngineContext
  readonly commands: EngineCommands
  readonly engine: Engine
}

/** A database and a data directory with any number of engines on them, each with connections of its own. */
export class EnginePlace {
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  readonly store: TestDatabase
  readonly database: Database
  readonly #engines: Engine[] = []
  readonly #closing: (() => Promise<unknown>)[] = []
  #repositories = 0

  private constructor(
    directory: string,
    store: TestDatabase,
    database: Database,
    env: Readonly<Record<string, string>>,
  ) {
    this.directory = directory
    this.env = env
    this.store = store
    this.database = database
  }

  /** @param env Optio's own environment, such as GITHUB_API_URL and GITHUB_TOKEN. */
  static async make(env: Readonly<Record<string, string>> = {}): Promise<EnginePlace> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'optio-engine-')))
    const store = await testDatabase()
    return new EnginePlace(directory, store, await store.open(), env)
  }

  /** What an engine is given; no engine is started. */
  async context(config: Partial<EngineConfig> = {}): Promise<EngineContext> {
    const database = await this.store.open()
    const log = pino({ level: process.env.OPTIO_TEST_LOG ?? 'silent' })
    const notify = await openNotifyBus({ database, log })
    this.#closing.push(() => notify.close())
    const dataDir = join(this.directory, 'data')
    const baseUrl = () => 'http://127.0.0.1'
    const hub = new LogHub(notify)
    const store = localPullRequestStore({ database, baseUrl })
    const secrets = await createSecretService({
      ...{ database, notify, log, env: this.env },
      masterKey: { variable: null, dataDir },
    })
    this.#closing.push(async () => secrets.close())
    const { forge } = assembleForges({
      local: { store, forbiddenDirs: [dataDir], freshMs: 0 },
      learnForgeId: (repository, found) => learnForgeId(database.orm, repository, found),
      ...{ env: this.env, secrets, reserve: 0.2, checksGraceMs: 0, version: '9.9.9', log },
    })
    const workspaces = createLocalWorkspaces({ dataDir })
    const watched = { watchMs: 30_000, forgeReserve: 0.2, ...config }
    return {
      config: {
        maxConcurrent: 5,
        dataDir,
        minFreeBytes: 0,
        stopGraceMs: 500,
        retryBaseMs: 100,
        outputLimitBytes: 1e9,
        environmentTtlMs: 1e9,
        keptTtlMs: 1e9,
        tickMs: 200,
        sweepMs: 500,
        heartbeatTimeoutMs: 60_000,
        hiddenPaths: [],
        inheritedEnv: { PATH: process.env.PATH ?? '' },
        checksDir: join(dataDir, 'checks'),
        baseUrl,
        hostId: 'test',
        version: '9.9.9',
        ...watched,
        checksGraceMs: 0,
        ...config,
      },
      database,
      notify,
      runtime: createLocalRuntime({ stateDir: join(dataDir, 'runtime'), orphanMs: 60_000 }),
      workspaces,
      forge,
      watcher: createWatcher({ database, workspaces, forge, log, config: watched }),
      mergeCandidate,
      adapter: adapterFor,
      agentAccess: createAgentAccess({
        secrets,
        env: { PATH: process.env.PATH },
        home: join(this.directory, 'home'),
      }),
      engineLog,
      followStep: async (request) => await followStep({ database, hub, log }, request),
      log,
    }
  }

  /** @param adapt changes the context before the engine gets it, to put a real part in the way of the engine. */
  async start(
    config: Partial<EngineConfig> = {},
    adapt: (context: EngineContext) => EngineContext = (context) => context,
  ): Promise<Hand> {
    const context = adapt(await this.context(config))
    const engine = await startEngine(context)
    this.#engines.push(engine)
    return { context, engine, commands: createCommands(context) }
  }

  async repository(settings: Partial<typeof repositories.$inferInsert> = {}): Promise<ConnectedRepository> {
    this.#repositories += 1
    const git = await makeRepository(join(this.directory, `repository-${this.#repositories}`))
    const [row] = await this.database.orm
      .insert(repositories)
      .values({
        id: uuidv7(),
        workspaceId: DEFAULT_WORKSPACE_ID,
        repoUrl: git.path,
        gitPlatform: 'local',
        fullName: `test/repository-${this.#repositories}`,
        defaultBranch: 'main',
        agentCommand: ['true'],
        ...settings,
      })
      .returning()
    if (!row) throw new Error('the repository was not stored')
    return { row, git }
  }

  async createRun(
    commands: EngineCommands,
    { row }: Pick<ConnectedRepository, 'row'>,
    fields: Partial<NewRun> = {},
  ): Promise<RunRef> {
    const { runId } = await commands.createRun(
      {
        workspaceId: DEFAULT_WORKSPACE_ID,
        title: 'A task',
        prompt: 'Do it.',
        description: null,
        repositoryId: row.id,
        baseRef: null,
        agentType: 'command',
        model: null,
        priority: 100,
        maxRetries: 0,
        budgetUsd: null,
        metadata: {},
        ticket: null,
        dependsOn: [],
        ...fields,
      },
      'test',
    )
    return { workspaceId: DEFAULT_WORKSPACE_ID, runId }
  }

  async run({ runId }: { readonly runId: string }): Promise<RunRow> {
    const [row] = await this.database.orm.select().from(runs).where(eq(runs.id, runId))
    if (!row) throw new Error(`there is no run ${runId}`)
    return row
  }

  /** The run once it is in the state. */
  async reaches(ref: { readonly runId: string }, ...states: RunRow['state'][]): Promise<RunRow> {
    return await until(`the run is ${states.join(' or ')}`, async () => {
      const run = await this.run(ref)
      return states.includes(run.state) ? run : null
    })
  }

  /** Resolves when somebody waits for a row that somebody else has locked. */
  async blocked(): Promise<void> {
    await until('somebody waits for a lock', async () => {
      const rows = await this.rows(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows.length > 0
    })
  }

  /** Rows of plain SQL. */
  async rows<T extends object>(text: string, ...values: unknown[]): Promise<T[]> {
    return (await this.database.pool.query(text, values)).rows as T[]
  }

  async close(): Promise<void> {
    for (const engine of this.#engines) {
      await engine.endAgents().catch(() => undefined)
      await engine.stop().catch(() => undefined)
    }
    await Promise.all(this.#closing.map((close) => close()))
    await this.store.drop()
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Asks every 20 ms until the answer is something. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  withinMs = 20_000,
): Promise<T> {
  const end = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (performance.now() > end) throw new Error(`Not within ${withinMs} ms: ${what}`)
    await sleep(20)
  }
}
