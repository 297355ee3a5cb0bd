import { homedir } from 'node:os'
import { join } from 'node:path'
import { AGENT_REQUIREMENTS, AGENT_TYPES, adapterFor } from '@optio/agents'
import { OptioError } from '@optio/contract'
import { mergeCandidate } from '@optio/forges'
import { createLocalRuntime, createLocalWorkspaces, type IsolationReport } from '@optio/runtimes'
import type { Logger } from 'pino'
import { assembleApp } from './assemble-app.ts'
import { assembleForges } from './assemble-forges.ts'
import { assembleJobs } from './assemble-jobs.ts'
import { assembleSchedules } from './assemble-schedules.ts'
import { type Config, hiddenPlaces, hostId, inheritedEnv } from './config.ts'
import { connectDatabase, type Database } from './database/connection.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './database/embedded/embedded-postgres.ts'
import { migrateDatabase } from './database/migrate.ts'
import { type NotifyBus, openNotifyBus } from './database/notify.ts'
import type { EngineContext } from './engine/context.ts'
import { createAgentAccess } from './engine/credentials/agent-access.ts'
import { movedLogins } from './engine/credentials/find-credential.ts'
import { type KeptEngine, keepEngine } from './engine/keep-engine.ts'
import { askForgeAgain } from './engine/watch/rows.ts'
import { createWatcher } from './engine/watch/watcher.ts'
import { createDoctorService } from './features/doctor/service.ts'
import { EventHub } from './features/events/hub.ts'
import type { Github } from './features/github/service.ts'
import { readFailedAgain } from './features/issues/sync/progress.ts'
import { engineLog } from './features/logs/engine-log.ts'
import { LogHub } from './features/logs/hub.ts'
import { followStep } from './features/logs/ingest/follow-step.ts'
import { LogIndex } from './features/logs/search/log-index.ts'
import { localPullRequestStore } from './features/pull-requests/store.ts'
import { learnForgeId } from './features/repos/forge-id.ts'
import { createSecretService, type SecretService } from './features/secrets/service.ts'
import { assertLoopback, listen } from './http/listen.ts'
import { createLog } from './log.ts'
import { ownIdentity } from './platform/process-identity.ts'
import { removeServerFile, writeServerFile } from './server-file.ts'
import { VERSION } from './version.ts'

export interface RunningOptio {
  /** Address of the pages and of the API. */
  readonly url: string
  /** Settles, with the reason, when it cannot go on. */
  readonly failed: Promise<string>
  /** Stops; answers how many agents and checks go on working without it (none with `agents`, which ends them first). */
  stop(options?: { agents?: boolean }): Promise<number>
}

/** Directories below the data directory in which no repository may be connected. */
const OWN_DIRECTORIES = [
  'postgres',
  'mirrors',
  'environments',
  'checkouts',
  'scratch',
  'checks',
  'runtime',
] as const

/**
 * Connections for what is asked over HTTP, and for the engine: its turns, jobs, supervisors and the forge's records. Apart, so that
 * however many readers wait for slow answers, agents are followed and runs go on. Both are closed again while nothing needs them.
 */
const READER_CONNECTIONS = 20
/** More than jobs are worked on at once. */
const ENGINE_CONNECTIONS = 12

interface StartOptions {
  /** Told a line for each step of a start that takes a person's time. */
  readonly say: (line: string) => void
}

/** Puts the parts together and starts them; what was started is stopped again when a later part fails. */
export async function startOptio(config: Config, { say }: StartOptions): Promise<RunningOptio> {
  assertLoopback(config.host)
  const log = createLog({ level: config.logLevel, format: config.logFormat })
  const undo: (() => Promise<unknown>)[] = []
  try {
    return await start(config, log, say, undo)
  } catch (error) {
    for (const step of undo.reverse())
      await step().catch((second) => log.warn({ err: second }, 'clean-up failed'))
    throw error
  }
}

async function start(
  config: Config,
  log: Logger,
  say: (line: string) => void,
  undo: (() => Promise<unknown>)[],
): Promise<RunningOptio> {
  const host = await hostId(config.dataDir)
  const embedded = config.databaseUrl === null ? await startEmbedded(config, log, say) : null
  if (embedded) undo.push(() => embedded.stop())
  const target = targetOf(config, embedded)
  const database = await connectDatabase({ target, log, poolSize: READER_CONNECTIONS })
  undo.push(() => database.close())
  const engineDatabase = await connectDatabase({
    ...{ target, log, poolSize: ENGINE_CONNECTIONS },
    applicationName: 'optio engine',
  })
  undo.push(() => engineDatabase.close())
  await migrateDatabase(database, log)
  const notify = await openNotifyBus({ database, log })
  undo.push(() => notify.close())
  const secrets = await createSecretService({
    ...{ database: engineDatabase, notify, log, env: process.env },
    masterKey: { variable: config.encryptionKey, dataDir: config.dataDir },
  })
  undo.push(async () => secrets.close())

  let url = ''
  const logIndex = new LogIndex({ database, log })
  undo.push(() => logIndex.close())
  const context = await createContext(config, {
    database,
    engineDatabase,
    notify,
    secrets,
    logIndex,
    log,
    host,
    baseUrl: () => url,
    embedded,
  })
  const doctor = createDoctorService({
    config,
    env: { ...process.env, ...inheritedEnv(process.env) },
    home: homedir(),
    version: VERSION,
    isolation: () => context.engine.runtime.isolation(),
    server: {
      database,
      secrets,
      github: context.github,
      get url() {
        return url
      },
    },
  })
  const app = assembleApp({
    ...context,
    context: { ...context.engine, database },
    logIndex,
    agentTypes: new Set(AGENT_TYPES),
    doctor,
    secrets,
  })
  undo.push(() => app.close())
  url = await listen(app, { host: config.host, port: config.port })
  sayIsolation(await context.engine.runtime.isolation(), say)
  const engine = await keepEngine({
    ...context.engine,
    schedules: assembleSchedules(context.engine, new Set(AGENT_TYPES)),
    jobs: assembleJobs(context.engine, {
      agentTypes: new Set(AGENT_TYPES),
      issueSyncMs: config.issueSyncMs,
      github: context.github,
    }),
  })
  undo.push(() => engine.stop())
  await writeServerFile(config.dataDir, { process: ownIdentity(), url })
  return running(config, { engine, url, undo, log })
}

async function startEmbedded(
  config: Config,
  log: Logger,
  say: (line: string) => void,
): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  if (postgres.adopted) say('The database of an Optio that was killed is taken over.')
  return postgres
}

function targetOf(config: Config, embedded: EmbeddedPostgres | null) {
  if (embedded) return embedded.connection
  if (config.databaseUrl) return { url: config.databaseUrl }
  throw new OptioError('CONFIG', 'There is neither an embedded database nor a DATABASE_URL.')
}

interface Parts {
  readonly database: Database
  readonly engineDatabase: Database
  readonly notify: NotifyBus
  readonly secrets: SecretService
  readonly logIndex: LogIndex
  readonly log: Logger
  readonly host: string
  readonly baseUrl: () => string
  readonly embedded: EmbeddedPostgres | null
}

async function createContext(
  config: Config,
  { database, engineDatabase, notify, secrets, logIndex, log, host, baseUrl, embedded }: Parts,
): Promise<{ engine: EngineContext; github: Github; hub: LogHub; events: EventHub }> {
  const hub = new LogHub(notify, { stored: (runId, seq) => logIndex.grown(runId, seq) })
  const events = new EventHub({ database, bus: notify, log })
  const workspaces = createLocalWorkspaces({
    dataDir: config.dataDir,
    ...(config.gitAuthor === null ? {} : { author: config.gitAuthor }),
  })
  const store = localPullRequestStore({ database: engineDatabase, baseUrl })
  const { forge, github } = assembleForges({
    local: { store, forbiddenDirs: OWN_DIRECTORIES.map((name) => join(config.dataDir, name)) },
    learnForgeId: (repository, found) => learnForgeId(engineDatabase.orm, repository, found),
    ...{
      env: process.env,
      secrets,
      reserve: config.forgeReserve,
      checksGraceMs: config.checksGraceMs,
      version: VERSION,
      log,
    },
  })
  const engine: EngineContext = {
    config: {
      maxConcurrent: config.maxConcurrent,
      stopGraceMs: config.stopGraceMs,
      retryBaseMs: config.retryBaseMs,
      outputLimitBytes: config.outputLimitBytes,
      environmentTtlMs: config.environmentTtlMs,
      keptTtlMs: config.keptTtlMs,
      dataDir: config.dataDir,
      minFreeBytes: config.minFreeBytes,
      tickMs: 1_000,
      sweepMs: 10_000,
      heartbeatTimeoutMs: 60_000,
      hiddenPaths: [
        config.dataDir,
        ...hiddenPlaces(homedir()),
        ...movedLogins(AGENT_REQUIREMENTS, process.env),
        ...socketDirectory(embedded),
      ],
      inheritedEnv: inheritedEnv(process.env),
      checksDir: join(config.dataDir, 'checks'),
      baseUrl,
      publicUrl: config.publicUrl,
      hostId: host,
      version: VERSION,
      watchMs: config.watchMs,
      checksGraceMs: config.checksGraceMs,
      forgeReserve: config.forgeReserve,
    },
    database: engineDatabase,
    notify,
    runtime: createLocalRuntime({ stateDir: join(config.dataDir, 'runtime'), orphanMs: config.orphanMs }),
    workspaces,
    forge,
    watcher: createWatcher({ database: engineDatabase, workspaces, forge, log, config }),
    mergeCandidate,
    adapter: adapterFor,
    agentAccess: createAgentAccess({
      secrets,
      env: { ...process.env, ...inheritedEnv(process.env) },
      home: homedir(),
    }),
    engineLog,
    followStep: async (request) => await followStep({ database: engineDatabase, hub, log }, request),
    log,
  }
  secrets.onChange((change) => {
    if (change !== null && change.name !== 'GITHUB_TOKEN') return
    engineDatabase
      .transaction(async (tx) => {
        await askForgeAgain(tx)
        await readFailedAgain(tx)
      })
      .catch((error: unknown) => log.warn({ err: error }, 'what waits for GitHub is tried again later'))
  })
  return { engine, github, hub, events }
}

/** An operator is told once, at start, where agents are held less firmly than Optio could hold them elsewhere. */
function sayIsolation(report: IsolationReport, say: (line: string) => void): void {
  if (report.hidesFiles) return
  const bubblewrap = report.probes.find(({ name }) => name === 'bubblewrap')
  const why = bubblewrap ? ` (bubblewrap: ${bubblewrap.detail})` : ''
  say(`Agents can read what this user can read: their files are not isolated${why}. See docs/security.md.`)
  if (report.processes === 'best-effort') {
    say(
      'An agent that hides its processes can outlive its task: there are no namespaces or control groups here.',
    )
  }
}

function socketDirectory(embedded: EmbeddedPostgres | null): string[] {
  return embedded ? [embedded.connection.host] : []
}

function running(
  config: Config,
  parts: { engine: KeptEngine; url: string; undo: (() => Promise<unknown>)[]; log: Logger },
): RunningOptio {
  let stopping: Promise<number> | null = null
  const stop = async (agents: boolean) => {
    if (agents) {
      await parts.engine
        .endAgents()
        .catch((error: unknown) => parts.log.error({ err: error }, 'the agents could not be ended'))
    }
    const left = parts.engine.supervised
    await removeServerFile(config.dataDir)
    for (const step of [...parts.undo].reverse()) {
      await step().catch((error: unknown) => parts.log.warn({ err: error }, 'a part did not stop cleanly'))
    }
    return left
  }
  return {
    url: parts.url,
    failed: parts.engine.failed,
    stop: ({ agents = false } = {}) => {
      stopping ??= stop(agents)
      return stopping
    },
  }
}
