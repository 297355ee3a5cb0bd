import type { Webhooks } from '../control/webhooks.ts'
import { requireUser } from '../http/access.ts'
import type { RateLimits } from '../http/limits.ts'
import type { Token, User } from '../state/account.ts'
import { Refusal } from '../state/refusal.ts'
import type { World } from '../state/world.ts'

/** What a route is given. */
export class RestRequest {
  readonly world: World
  readonly limits: RateLimits
  readonly webhooks: Webhooks
  readonly method: string
  /** Without `/api/v3`. */
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
  readonly accept: string
  readonly token: Token | null

  constructor(facts: {
    world: World
    limits: RateLimits
    webhooks: Webhooks
    method: string
    path: string
    params: Readonly<Record<string, string>>
    query: URLSearchParams
    body: unknown
    accept: string
    token: Token | null
  }) {
    this.world = facts.world
    this.limits = facts.limits
    this.webhooks = facts.webhooks
    this.method = facts.method
    this.path = facts.path
    this.params = facts.params
    this.query = facts.query
    this.body =
      typeof facts.body === 'object' && facts.body !== null ? (facts.body as Record<string, unknown>) : {}
    this.accept = facts.accept
    this.token = facts.token
  }

  /** Who asks; null without a credential. */
  get viewer(): User | null {
    return this.token?.user ?? null
  }

  /** Who asks; 401 without a credential. */
  get user(): User {
    return requireUser(this.token)
  }

  /** A part of the path. */
  param(name: string): string {
    return this.params[name] ?? ''
  }

  /** A part of the path that is a number; no such thing (404) when it is none. */
  number(name: string): number {
    const value = this.param(name)
    if (!/^\d+$/.test(value)) throw new Refusal(404, 'Not Found')
    return Number(value)
  }

  /** Text that must be there. */
  requiredText(name: string, resource: string): string {
    const value = this.text(name)
    if (value === undefined) {
      throw new Refusal(422, 'Validation Failed', [{ resource, field: name, code: 'missing_field' }])
    }
    return value
  }

  /** Text, or undefined when left out (or null). */
  text(name: string): string | undefined {
    const value = this.body[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string')
      throw new Refusal(422, `Invalid request.\n\nFor '${name}', ${JSON.stringify(value)} is not a string.`)
    return value
  }

  boolean(name: string): boolean | undefined {
    const value = this.body[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'boolean')
      throw new Refusal(422, `Invalid request.\n\nFor '${name}', ${JSON.stringify(value)} is not a boolean.`)
    return value
  }

  integer(name: string): number | undefined {
    const value = this.body[name]
    if (value === undefined || value === null) return undefined
    if (!Number.isInteger(value))
      throw new Refusal(422, `Invalid request.\n\nFor '${name}', ${JSON.stringify(value)} is not an integer.`)
    return value as number
  }

  /** A list of texts; objects with a `name` count as that (labels). */
  texts(name: string): string[] | undefined {
    const value = this.body[name]
    if (value === undefined || value === null) return undefined
    if (!Array.isArray(value))
      throw new Refusal(422, `Invalid request.\n\nFor '${name}', ${JSON.stringify(value)} is not an array.`)
    return value.map((item: unknown) => {
      if (typeof item === 'string') return item
      const named = (item as { name?: unknown } | null)?.name
      if (typeof named === 'string') return named
      throw new Refusal(422, `Invalid request.\n\nFor '${name}', ${JSON.stringify(item)} is not a string.`)
    })
  }
}
