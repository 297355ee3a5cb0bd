import type { ForgeLimit } from '../forge.ts'
import type { About, GithubClient } from './http/client.ts'

/** Whose credential it is, and what is left of its limits. */
export interface GithubAccount {
  /** Null for that of an app. */
  readonly login: string | null
  readonly limits: readonly ForgeLimit[]
}

/** Resources of GitHub's limits that Optio uses. */
const RESOURCES = ['core', 'graphql'] as const

/** Asks GitHub who it takes the credential for; costs nothing of the limits. Throws `NoAnswer`. */
export async function readAccount(client: GithubClient, about: About): Promise<GithubAccount> {
  const { status, data } = await client.rest<unknown>({
    ...{ method: 'GET', path: '/rate_limit', priority: 'person', about },
  })
  const login = await client.login(about)
  const owner = login ?? (await client.credentialKey(about))
  // A server of one's own may have none: 404.
  if (status !== 200) return { login, limits: [] }
  const known = client.limits().filter((limit) => limit.owner === owner)
  const limits = RESOURCES.flatMap((resource): ForgeLimit[] => {
    const said = limitOf(data, resource)
    const pausedUntil = known.find((limit) => limit.resource === resource)?.pausedUntil ?? null
    return said === null ? [] : [{ owner, resource, pausedUntil, ...said }]
  })
  return { login, limits }
}

function limitOf(
  data: unknown,
  resource: (typeof RESOURCES)[number],
): Pick<ForgeLimit, 'limit' | 'remaining' | 'resetAt'> | null {
  const { resources } = (data ?? {}) as { resources?: Partial<Record<string, Record<string, unknown>>> }
  const { limit, remaining, reset } = resources?.[resource] ?? {}
  if (typeof limit !== 'number' || typeof remaining !== 'number' || typeof reset !== 'number') return null
  return { limit, remaining, resetAt: reset * 1000 }
}
