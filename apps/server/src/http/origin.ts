import { OptioError, routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'

/** A name and perhaps a port, as in `Host`; null when it is malformed. */
function parseHost(host: string): { name: string; port: string } | null {
  if (!/^[\w.:[\]-]+$/.test(host)) return null
  try {
    const { hostname, port } = new URL(`http://${host}`)
    return { name: hostname.toLowerCase(), port: port || '80' }
  } catch {
    return null
  }
}

/** Names that always lead to this machine, whatever a name server says. */
export function isLoopbackName(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(name)
  )
}

export interface OriginRules {
  /** Further names that `Host` may have, without a port. */
  readonly hosts: readonly string[]
  /** Further pages that may call: whole origins such as `http://localhost:5173`. */
  readonly origins: readonly string[]
  /** The name others reach this Optio by, without a port; left out or null where it has none. */
  readonly publicHost?: string | null
}

const SIGNED_ROUTE = routes.github.receive.path
const HOOK_ROUTE = routes.hooks.fire.path

/**
 * Why a request is refused, in words; null when it is not. A foreign `Host` is a name that somebody else points at this machine (DNS
 * rebinding). A foreign `Origin` is somebody else's page; that includes pages on other ports of this machine, since what an agent built
 * and a person looks at runs there.
 */
export function foreignOrigin(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  rules: OriginRules,
): string | null {
  const host = parseHost(headers.host ?? '')
  if (host === null || !(isLoopbackName(host.name) || rules.hosts.includes(host.name))) {
    return 'The request names a host that is not this Optio. Use http://127.0.0.1 or http://localhost, also through an ssh tunnel.'
  }
  const { origin } = headers
  if (origin === undefined || rules.origins.includes(origin)) return null
  const page = /^https?:\/\/([^/]+)$/.exec(origin)?.[1]
  const from = page === undefined ? null : parseHost(page)
  if (from !== null && from.port === host.port) {
    if (from.name === host.name || (isLoopbackName(from.name) && isLoopbackName(host.name))) return null
  }
  return 'The request comes from a page of another origin.'
}

/**
 * Refuses foreign requests before anything else looks at them, WebSockets included. A delivery of GitHub
 * proves by its signature who sent it, so it may come by any name; by the public name webhooks are reached, and nothing else.
 */
export function guardOrigin(app: FastifyInstance, rules: OriginRules): void {
  app.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions
    if (url === SIGNED_ROUTE && request.headers.origin === undefined) return
    const isHook = url === HOOK_ROUTE && rules.publicHost != null
    const hosts = isHook ? [...rules.hosts, rules.publicHost ?? ''] : rules.hosts
    const reason = foreignOrigin(request.headers, { ...rules, hosts })
    if (reason !== null) throw new OptioError('FORBIDDEN_ORIGIN', reason)
  })
}
