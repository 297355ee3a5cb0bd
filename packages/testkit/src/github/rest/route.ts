import { checkAccess, type Need } from '../http/access.ts'
import type { Answer } from '../http/answer.ts'
import { notFound } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'
import type { RestRequest } from './request.ts'

export type Handler = (request: RestRequest) => Answer | Promise<Answer>
export type RepositoryHandler = (request: RestRequest, repository: Repository) => Answer | Promise<Answer>

export interface Route {
  readonly method: string
  /** Parts that begin with `:` are parameters, the last one with `*` the rest of the path. */
  readonly pattern: readonly string[]
  readonly handler: Handler
  /** For fine-grained tokens; null where any token will do. */
  readonly permissions: string | null
}

export function route(method: string, path: string, handler: Handler): Route {
  return { method, pattern: path.split('/').slice(1), handler, permissions: null }
}

/** A route below `/repos/:owner/:repo`, for those who may. */
export function repositoryRoute(method: string, path: string, need: Need, handler: RepositoryHandler): Route {
  return {
    method,
    pattern: ['repos', ':owner', ':repo', ...path.split('/').slice(1)],
    permissions: need.permissions,
    handler: (request) => {
      const repository = request.world.find(`${request.param('owner')}/${request.param('repo')}`)
      if (repository === null) throw notFound()
      checkAccess(request.world, repository, request.token, need)
      return handler(request, repository)
    },
  }
}

export const READ = (permissions: string): Need => ({ access: 'read', permissions })
export const WRITE = (permissions: string): Need => ({ access: 'write', permissions })
export const ADMIN = (permissions: string): Need => ({ access: 'admin', permissions })

/** The parameters, when a path fits. */
export function fit(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  const params: Record<string, string> = {}
  for (const [index, name] of pattern.entries()) {
    if (name.startsWith('*')) {
      params[name.slice(1)] = parts.slice(index).map(decodeURIComponent).join('/')
      return params
    }
    const part = parts[index]
    if (part === undefined) return null
    if (name.startsWith(':')) params[name.slice(1)] = decodeURIComponent(part)
    else if (name !== part) return null
  }
  return parts.length === pattern.length ? params : null
}
