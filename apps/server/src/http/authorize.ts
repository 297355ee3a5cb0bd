import { OptioError, type Permission } from '@optio/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DEFAULT_WORKSPACE_ID } from '../database/schema/workspaces.ts'

/** Who asks, and for which workspace. */
export interface Identity {
  /** Written as `actor` into events and as author of reviews. */
  readonly userId: string
  readonly role: 'admin' | 'member' | 'viewer'
  readonly workspaceId: string
}

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity
  }
  interface FastifyContextConfig {
    permission?: Permission
  }
}

/**
 * The one gate: every route passes it with the permission it declared. Until people can sign in, whoever reaches the loopback
 * interface is the local administrator, and everything is in the default workspace.
 * Throws FORBIDDEN for what the identity may not do, NOT_FOUND for a workspace that is not its own.
 */
function authorize(request: FastifyRequest, _permission: Permission): Identity {
  const workspace = request.headers['x-workspace-id']
  if (workspace !== undefined && workspace !== DEFAULT_WORKSPACE_ID && workspace !== 'default') {
    throw new OptioError(
      'NOT_FOUND',
      'There is no such workspace. Leave x-workspace-id out to use the default one.',
    )
  }
  return { userId: 'local', role: 'admin', workspaceId: DEFAULT_WORKSPACE_ID }
}

/** Routes of plugins that are not ours and cannot declare a permission. */
const PLUGIN_ROUTES: readonly { prefix: string; permission: Permission }[] = [
  { prefix: '/docs', permission: 'docs:read' },
]

function permissionOf(url: string, declared: Permission | undefined): Permission | undefined {
  if (declared !== undefined) return declared
  return PLUGIN_ROUTES.find(({ prefix }) => url === prefix || url.startsWith(`${prefix}/`))?.permission
}

/** Puts the gate before every route, also before the upgrade of a WebSocket. A route without a permission cannot be registered. */
export function guardRoutes(app: FastifyInstance): void {
  app.decorateRequest('identity')
  app.addHook('onRoute', (route) => {
    const permission = permissionOf(route.url, route.config?.permission)
    if (permission === undefined) {
      throw new Error(`The route ${String(route.method)} ${route.url} declares no permission.`)
    }
    route.config = { ...route.config, permission }
  })
  app.addHook('onRequest', async (request) => {
    if (request.is404) return
    const { permission } = request.routeOptions.config
    if (permission === undefined) throw new OptioError('FORBIDDEN', 'This route is open to nobody.')
    request.identity = authorize(request, permission)
  })
}
