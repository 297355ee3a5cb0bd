import { type GithubStatus, OptioError } from '@optio/contract'
import { type ForgeLimit, type GithubAccount, NoAnswer } from '@optio/forges'
import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'

/** GitHub is asked at most once in this time, however often the status is wanted. */
const FRESH_MS = 10_000

export interface StatusDeps {
  readonly database: Database
  readonly apiUrl: string
  readonly serverUrl: string
  /** Where the credential of a workspace comes from; null when there is none. Throws SECRET_UNREADABLE. */
  readonly credentialSource: (workspaceId: string) => Promise<'secret' | 'environment' | null>
  /** Whether deliveries of a workspace's repositories are taken. */
  readonly takesWebhooks: (workspaceId: string) => Promise<boolean>
  /** Whose credential it is, and its limits; costs nothing of them. Throws `NoAnswer`. */
  readonly account: (workspaceId: string) => Promise<GithubAccount>
}

export interface StatusService {
  status(workspaceId: string): Promise<GithubStatus>
  /** What was found out is old: a secret was changed. */
  forget(): void
}

/** How Optio stands with GitHub, as GitHub itself says. Never throws for what is wrong with GitHub: it is what is asked for. */
export function createStatusService(deps: StatusDeps, now: () => number = Date.now): StatusService {
  const known = new Map<string, { readonly at: number; readonly status: Promise<GithubStatus> }>()
  return {
    async status(workspaceId) {
      const last = known.get(workspaceId)
      if (last !== undefined && now() - last.at < FRESH_MS) return await last.status
      const status = read(deps, workspaceId, now)
      known.set(workspaceId, { at: now(), status })
      // A database that was away is asked again at once.
      status.catch(() => known.delete(workspaceId))
      return await status
    },
    forget: () => known.clear(),
  }
}

async function read(deps: StatusDeps, workspaceId: string, now: () => number): Promise<GithubStatus> {
  const [watched, asked, takesWebhooks] = await Promise.all([
    readWatched(deps.database, workspaceId),
    askAccount(deps, workspaceId),
    deps.takesWebhooks(workspaceId),
  ])
  return {
    apiUrl: deps.apiUrl,
    serverUrl: deps.serverUrl,
    ...asked,
    ...watched,
    takesWebhooks,
    checkedAt: new Date(now()).toISOString(),
  }
}

async function askAccount(
  deps: StatusDeps,
  workspaceId: string,
): Promise<Pick<GithubStatus, 'credential' | 'login' | 'problem' | 'limits'>> {
  const nothing = { credential: null, login: null, limits: [] }
  let credential: GithubStatus['credential'] = null
  try {
    credential = await deps.credentialSource(workspaceId)
    if (credential === null) {
      return {
        ...nothing,
        problem: 'There is no token: save one as the secret GITHUB_TOKEN (Settings → Secrets).',
      }
    }
    const { login, limits } = await deps.account(workspaceId)
    return { credential, login, problem: null, limits: limits.map(toLimit) }
  } catch (error) {
    const isTold =
      error instanceof NoAnswer || (error instanceof OptioError && error.code === 'SECRET_UNREADABLE')
    if (!isTold) throw error
    return { ...nothing, credential, problem: error.message }
  }
}

function toLimit({
  resource,
  limit,
  remaining,
  resetAt,
  pausedUntil,
}: ForgeLimit): GithubStatus['limits'][number] {
  return {
    resource,
    limit,
    remaining,
    resetAt: new Date(resetAt).toISOString(),
    pausedUntil: pausedUntil === null ? null : new Date(pausedUntil).toISOString(),
  }
}

async function readWatched(
  { orm }: Database,
  workspaceId: string,
): Promise<Pick<GithubStatus, 'watched' | 'oldestObservedAt'>> {
  const { rows } = await orm.execute<{ watched: number; oldest: number | null }>(sql`
    select count(*)::int as watched, (extract(epoch from min(w.observed_at)) * 1000)::float8 as oldest
    from pull_request_watches w join repositories p on p.id = w.repository_id
    where w.workspace_id = ${workspaceId} and p.git_platform = 'github'`)
  const { watched = 0, oldest = null } = rows[0] ?? {}
  return { watched, oldestObservedAt: oldest === null ? null : new Date(oldest).toISOString() }
}
