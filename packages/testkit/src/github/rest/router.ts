import type { Webhooks } from '../control/webhooks.ts'
import { canSee } from '../http/access.ts'
import { type Answer, jsonAnswer, withHeaders } from '../http/answer.ts'
import type { RateLimits } from '../http/limits.ts'
import type { Token } from '../state/account.ts'
import { notFound, Refusal } from '../state/refusal.ts'
import { fullNameOf } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { RestRequest } from './request.ts'
import { fit } from './route.ts'
import { ROUTES } from './routes/index.ts'

const DOCUMENTATION = 'https://docs.github.com/rest'

export interface RestCall {
  readonly method: string
  /** Without `/api/v3`, with parts as they were encoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
  readonly accept: string
  readonly token: Token | null
}

/** REST, from the path on. */
export class Rest {
  readonly #world: World
  readonly #limits: RateLimits
  readonly #webhooks: Webhooks

  constructor(world: World, limits: RateLimits, webhooks: Webhooks) {
    this.#world = world
    this.#limits = limits
    this.#webhooks = webhooks
  }

  async answer(call: RestCall): Promise<Answer> {
    try {
      return await this.#route(call)
    } catch (error) {
      if (error instanceof Refusal) return refusalAnswer(error)
      throw error
    }
  }

  async #route(call: RestCall): Promise<Answer> {
    const moved = this.#moved(call)
    if (moved !== null) return moved
    const parts = this.#named(call.path).split('/').slice(1)
    const method = call.method === 'HEAD' ? 'GET' : call.method
    for (const route of ROUTES) {
      if (route.method !== method) continue
      const params = fit(route.pattern, parts)
      if (params === null) continue
      const request = new RestRequest({
        ...call,
        world: this.#world,
        limits: this.#limits,
        webhooks: this.#webhooks,
        params,
      })
      const answer = await route.handler(request)
      const accepted = route.permissions
      return accepted === null || call.token?.scopes !== null
        ? answer
        : withHeaders(answer, { 'x-accepted-github-permissions': accepted })
    }
    throw notFound()
  }

  /** `/repositories/:id/…` is the same as `/repos/:owner/:repo/…`. */
  #named(path: string): string {
    const match = /^\/repositories\/(\d+)(\/.*)?$/.exec(path)
    const repository = match === null ? undefined : this.#world.repositories.get(Number(match[1]))
    if (repository === undefined || repository.deleted) return path
    return `/repos/${repository.owner.login}/${repository.name}${match?.[2] ?? ''}`
  }

  /** Where a repository that was renamed or transferred is now: 301 for reading, 307 for the rest. */
  #moved({ path, method, query, token }: RestCall): Answer | null {
    const match = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(path)
    if (match === null) return null
    const name = `${decodeURIComponent(match[1] ?? '')}/${decodeURIComponent(match[2] ?? '')}`
    const repository = this.#world.find(name)
    if (repository === null || fullNameOf(repository).toLowerCase() === name.toLowerCase()) return null
    if (!canSee(this.#world, repository, token)) return null
    const search = query.size > 0 ? `?${query}` : ''
    const url = `${this.#world.apiUrl}/repositories/${repository.id}${match[3] ?? ''}${search}`
    const reading = method === 'GET' || method === 'HEAD'
    const body = {
      message: reading ? 'Moved Permanently' : 'Temporary Redirect',
      url,
      documentation_url: DOCUMENTATION,
    }
    return jsonAnswer(reading ? 301 : 307, body, { location: url })
  }
}

/** As GitHub says no. */
export function refusalAnswer({ status, message, errors, headers }: Refusal): Answer {
  const body = {
    message,
    ...(errors.length === 0 ? {} : { errors }),
    documentation_url: DOCUMENTATION,
    status: String(status),
  }
  return jsonAnswer(status, body, headers)
}
