import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { EngineContext } from './engine/context.ts'
import { createCommands } from './engine/create-engine.ts'
import { diskUse } from './engine/disk-room.ts'
import { createApi } from './features/api.ts'
import { doctorRoutes } from './features/doctor/routes.ts'
import type { DoctorService } from './features/doctor/service.ts'
import type { EventHub } from './features/events/hub.ts'
import { registerEventSocket } from './features/events/socket.ts'
import type { Github } from './features/github/service.ts'
import type { LogHub } from './features/logs/hub.ts'
import { lastLogSummary } from './features/logs/last-entry.ts'
import { registerLogRoutes } from './features/logs/routes.ts'
import type { LogIndex } from './features/logs/search/log-index.ts'
import { registerLogSocket } from './features/logs/socket.ts'
import { Metrics } from './features/metrics/metrics.ts'
import { metricsRoutes } from './features/metrics/routes.ts'
import type { SecretService } from './features/secrets/service.ts'
import { buildApp } from './http/app.ts'
import { KeyStore } from './http/idempotency/key-store.ts'
import { servePages } from './http/pages.ts'

interface AppParts {
  readonly context: EngineContext
  readonly hub: LogHub
  readonly logIndex: LogIndex
  readonly events: EventHub
  /** Agents this server can run. */
  readonly agentTypes: ReadonlySet<string>
  readonly doctor: DoctorService
  readonly secrets: SecretService
  readonly github: Github
}

/** The HTTP side with every feature plugged in. */
export function assembleApp({
  context,
  hub,
  logIndex,
  events,
  agentTypes,
  doctor,
  secrets,
  github,
}: AppParts): FastifyInstance {
  const { database, log } = context
  const publicUrl = context.config.publicUrl ?? null
  const api = createApi({
    database,
    secrets,
    commands: createCommands(context),
    forgeFor: context.forge,
    github,
    publicUrl,
    mirrorDir: (repositoryId) => context.workspaces.mirrorDir(repositoryId),
    agentTypes,
    path: context.config.inheritedEnv.PATH ?? '',
    lastLogSummary: (ref) => lastLogSummary(database.orm, ref.runId),
    environments: {
      hostId: context.config.hostId,
      cloneDir: (runId) => context.workspaces.paths(runId).clone,
    },
    startableAgents: async () => {
      const { agents } = await doctor.report()
      return new Set(agents.flatMap(({ type, available }) => (available ? [type] : [])))
    },
    runtimeProblem: async () => {
      try {
        await context.runtime.isolation()
        return null
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    },
    diskUse: () => diskUse(context),
    version: context.config.version,
    maxConcurrent: context.config.maxConcurrent,
  })
  const streams: FastifyPluginAsync = async (app) => {
    registerLogRoutes(app, { database, index: logIndex })
    registerLogSocket(app, { database, hub, log })
    registerEventSocket(app, { database, hub: events, log })
    doctorRoutes(app, doctor)
  }
  const { version } = context.config
  const metrics = new Metrics({ database, log, version, github })
  const figures: FastifyPluginAsync = async (app) => metricsRoutes(app, metrics)
  return buildApp({
    logger: log,
    version,
    origins: { publicHost: publicUrl === null ? null : new URL(publicUrl).hostname },
    plugins: [api, streams, figures, servePages()],
    requestKeys: new KeyStore(database),
    measured: (request) => metrics.measured(request),
  })
}
