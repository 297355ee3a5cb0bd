import type { Token } from '../state/account.ts'
import type { World } from '../state/world.ts'

export type Resource = 'core' | 'graphql' | 'search'

const HOUR = 3_600_000

/** One quota: it is full again an hour after its first use. */
interface Quota {
  readonly limit: number
  used: number
  /** Ms by the clock of the fake. */
  reset: number
}

export interface QuotaShown {
  readonly limit: number
  readonly used: number
  readonly remaining: number
  /** Seconds since 1970. */
  readonly reset: number
}

/**
 * Primary rate limits, of each user and resource: all tokens of a user share one
 * (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
export class RateLimits {
  readonly #world: World
  readonly #limits: Readonly<Record<Resource, number>>
  readonly #quotas = new Map<string, Quota>()

  constructor(world: World, limits: { core?: number; graphql?: number }) {
    this.#world = world
    this.#limits = { core: limits.core ?? 5000, graphql: limits.graphql ?? 5000, search: 30 }
  }

  shown(token: Token | null, resource: Resource): QuotaShown {
    const { limit, used, reset } = this.#quota(token?.user.login ?? null, resource)
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil(reset / 1000) }
  }

  /** Whether there is anything left. */
  allows(token: Token | null, resource: Resource): boolean {
    return this.shown(token, resource).remaining > 0
  }

  spend(token: Token | null, resource: Resource, points: number): void {
    this.#quota(token?.user.login ?? null, resource).used += points
  }

  set(login: string, resource: Resource, remaining: number, resetInMs: number): void {
    const quota = this.#quota(login, resource)
    quota.used = quota.limit - remaining
    quota.reset = this.#world.clock.now() + resetInMs
  }

  headers(token: Token | null, resource: Resource): Record<string, string> {
    const { limit, used, remaining, reset } = this.shown(token, resource)
    return {
      // The reset is told by the same clock.
      date: new Date(this.#world.clock.now()).toUTCString(),
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': resource,
    }
  }

  #quota(login: string | null, resource: Resource): Quota {
    const now = this.#world.clock.now()
    const key = `${resource} ${login?.toLowerCase() ?? ''}`
    const present = this.#quotas.get(key)
    if (present !== undefined && present.reset > now) return present
    const limit = login === null ? Math.min(60, this.#limits[resource]) : this.#limits[resource]
    const quota = { limit, used: 0, reset: now + HOUR }
    this.#quotas.set(key, quota)
    return quota
  }
}
