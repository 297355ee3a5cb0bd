import { OptioError } from '@optio/contract'
import type { GithubHook, NewHook, RepositoryRef } from '@optio/forges'
import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import { repositories, webhookDeliveries } from '../../database/schema/index.ts'
import type { RepositoryRow } from '../../database/schema/repositories.ts'
import { waitUntil } from '../../platform/wait-until.ts'
import { askForge } from '../forge-call.ts'
import { HOOK_EVENTS } from './digest.ts'

const PING_WITHIN_MS = 15_000
const POLL_MS = 100

const PATH = '/api/webhooks/github'

export interface InstallDeps {
  readonly database: Database
  /** Registers a webhook, or brings the one that is there up to date, and has GitHub ping it. */
  readonly installHook: (ref: RepositoryRef, hook: NewHook, knownId: number | null) => Promise<GithubHook>
  /** The secret of a repository's webhook; null when there is none. */
  readonly webhookSecret: (row: RepositoryRow) => Promise<string | null>
  /** `OPTIO_PUBLIC_URL` */
  readonly publicUrl: string | null
  /** GitHub sends a ping at once; one that is not there after this does not come. 15,000 ms. */
  readonly pingWithinMs?: number
}

/**
 * Registers the webhook of a repository and waits for GitHub's ping to arrive here. Throws UNSUPPORTED for a repository that is not on
 * GitHub, FORGE_PERMISSION, WEBHOOK_NOT_VERIFIED, and UNAVAILABLE when GitHub gives no answer.
 */
export async function installWebhook(
  { database, installHook, webhookSecret, publicUrl, pingWithinMs = PING_WITHIN_MS }: InstallDeps,
  row: RepositoryRow,
  ref: RepositoryRef,
  given: string | null,
): Promise<RepositoryRow> {
  if (row.gitPlatform !== 'github') {
    throw new OptioError('UNSUPPORTED', `${row.fullName} is not on GitHub: it needs no webhook.`)
  }
  const secret = await webhookSecret(row)
  if (secret === null) {
    throw new OptioError(
      'WEBHOOK_NOT_VERIFIED',
      'Save a random text as the secret GITHUB_WEBHOOK_SECRET first (Settings → Secrets): deliveries are signed with it.',
    )
  }
  const url = addressOf(given ?? publicUrl)
  const since = await now(database)
  const hook = await askForge(() => installHook(ref, { url, secret, events: HOOK_EVENTS }, row.webhookId))
  const [written] = await database.orm
    .update(repositories)
    .set({ webhookId: hook.id, webhookUrl: hook.url })
    .where(eq(repositories.id, row.id))
    .returning()
  if (await waitUntil(() => isPinged(database, row, since), { everyMs: POLL_MS, deadlineMs: pingWithinMs }))
    return written ?? row
  throw new OptioError(
    'WEBHOOK_NOT_VERIFIED',
    `The webhook is registered, but GitHub’s ping did not arrive at ${url} within ${pingWithinMs / 1000} seconds. ` +
      'See the webhook’s recent deliveries on GitHub for what it got as an answer, and do this again when it can reach Optio.',
    { details: { hookId: hook.id, url } },
  )
}

/** The whole address of the webhook, from where Optio is reached. */
function addressOf(base: string | null): string {
  if (base === null) {
    throw new OptioError(
      'WEBHOOK_NOT_VERIFIED',
      'Say under which address GitHub reaches this Optio: set OPTIO_PUBLIC_URL, or give url.',
    )
  }
  const url = URL.canParse(base) ? new URL(base) : null
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new OptioError(
      'VALIDATION',
      'url: must be an address without a password, such as https://optio.example.com.',
    )
  }
  const whole = url.href.replace(/\/+$/, '')
  return whole.endsWith(PATH) ? whole : `${whole}${PATH}`
}

async function now({ orm }: Database): Promise<string> {
  const { rows } = await orm.execute<{ now: string }>(sql`select now()::text as now`)
  return rows[0]?.now ?? ''
}

async function isPinged({ orm }: Database, row: RepositoryRow, since: string): Promise<boolean> {
  const [ping] = await orm
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.repositoryId, row.id),
        eq(webhookDeliveries.event, 'ping'),
        sql`${webhookDeliveries.receivedAt} >= ${since}::timestamptz`,
      ),
    )
    .limit(1)
  return ping !== undefined
}
