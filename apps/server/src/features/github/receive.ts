import { OptioError } from '@optio/contract'
import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import { DEFAULT_WORKSPACE_ID } from '../../database/schema/workspaces.ts'
import { DELIVERY_TASK } from './delivery-job.ts'
import { type Digest, digestOf } from './digest.ts'
import { isSigned } from './signature.ts'

/** A request to `/api/webhooks/github` as it came. */
export interface Delivery {
  readonly body: Buffer
  /** `X-GitHub-Event` */
  readonly event: string | undefined
  /** `X-GitHub-Delivery` */
  readonly id: string | undefined
  /** `X-Hub-Signature-256` */
  readonly signature: string | undefined
  /** `X-GitHub-Hook-ID` */
  readonly hookId: string | undefined
  readonly contentType: string | undefined
}

export interface ReceiveDeps {
  readonly database: Database
  /** Every `GITHUB_WEBHOOK_SECRET` there is. */
  readonly webhookSecrets: () => Promise<readonly string[]>
  /** Address of GitHub's pages, without a slash at its end. */
  readonly serverUrl: string
}

export type Received = 'queued' | 'ignored' | 'replayed'

/**
 * Takes a delivery of GitHub: in one statement it is put down and the work on it queued, so it is answered at once and is never lost
 * after that. One that came before does nothing, unless it failed. Throws HOOK_SIGNATURE, VALIDATION or UNSUPPORTED_MEDIA_TYPE.
 */
export async function receiveDelivery(deps: ReceiveDeps, delivery: Delivery): Promise<Received> {
  await requireSigned(deps, delivery)
  const event = headerOf('X-GitHub-Event', delivery.event, /^[a-z_]{1,100}$/)
  const id = headerOf('X-GitHub-Delivery', delivery.id, /^[\x21-\x7e]{1,200}$/)
  const digest = digestOf(event, payloadOf(delivery))
  return await store(deps, { id, event, hookId: hookIdOf(delivery.hookId), digest })
}

async function requireSigned({ webhookSecrets }: ReceiveDeps, { body, signature }: Delivery): Promise<void> {
  const secrets = await webhookSecrets()
  if (secrets.length === 0) {
    throw refusal(
      'Webhooks of GitHub are taken once the secret GITHUB_WEBHOOK_SECRET is set, here and there.',
    )
  }
  if (signature === undefined) {
    throw refusal(
      'Deliveries are signed: set the same secret for the webhook on GitHub as GITHUB_WEBHOOK_SECRET here.',
    )
  }
  if (!isSigned(body, signature, secrets)) {
    throw refusal('X-Hub-Signature-256 is not that of this body under GITHUB_WEBHOOK_SECRET.')
  }
}

async function store(
  { database, serverUrl }: ReceiveDeps,
  { id, event, hookId, digest }: { id: string; event: string; hookId: number | null; digest: Digest | null },
): Promise<Received> {
  const names = [digest?.repository?.fullName ?? [], digest?.formerly ?? [], digest?.others ?? []].flat()
  // An address of another server than the one Optio talks to is nobody's here.
  const isOurs = digest?.repository == null || digest.repository.url.startsWith(`${serverUrl}/`)
  const urls = isOurs ? names.map((name) => `${serverUrl}/${name}`.toLowerCase()) : []
  const why = digest === null ? `Optio does not act on ${event}.` : 'No repository it is about is connected.'
  const { rows } = await database.orm.execute<{ state: 'received' | 'ignored' | null }>(sql`
    with found as (
      select id, workspace_id from repositories
      where disconnected_at is null and git_platform = 'github'
        and (lower(repo_url) = any(${sql.param(urls)}::text[]) or webhook_id = ${isOurs ? hookId : null}::bigint)
      order by lower(repo_url) = any(${sql.param(urls)}::text[]) desc limit 1
    ), given as (
      select (select id from found) as repository_id, coalesce((select workspace_id from found), ${DEFAULT_WORKSPACE_ID}) as workspace_id,
        case when ${digest !== null} and exists (select from found) then 'received' else 'ignored' end as state
    ), stored as (
      insert into webhook_deliveries as d
        (id, event, action, workspace_id, repository_id, repository, state, detail, payload, done_at)
      select ${id}, ${event}, ${digest?.action ?? null}, workspace_id, repository_id, ${names[0] ?? null}, state,
        case when state = 'ignored' then ${why} end,
        case when state = 'received' then ${JSON.stringify(digest)}::jsonb end,
        case when state = 'ignored' then now() end
      from given
      on conflict (id) do update set state = excluded.state, payload = excluded.payload, detail = null, done_at = null
        where d.state = 'failed' and excluded.state = 'received'
      returning state
    ), queued as (
      select graphile_worker.add_job(${DELIVERY_TASK}, json_build_object('id', ${id}::text), job_key := ${`${DELIVERY_TASK}:${id}`})
      from stored where state = 'received'
    )
    select (select state from stored) as state, (select count(*) from queued) as jobs`)
  const state = rows[0]?.state ?? null
  return state === null ? 'replayed' : state === 'received' ? 'queued' : 'ignored'
}

/** Whatever is in it: only what is known by name is read of it, and text that cannot be stored is made so. */
function payloadOf({ body, contentType }: Delivery): Record<string, unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(contentType ?? '')) {
    throw new OptioError(
      'UNSUPPORTED_MEDIA_TYPE',
      'Set the content type of the webhook on GitHub to application/json.',
    )
  }
  let payload: unknown
  try {
    payload = JSON.parse(body.toString('utf8'))
  } catch {
    throw new OptioError('VALIDATION', 'The payload cannot be read as JSON.')
  }
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) {
    return payload as Record<string, unknown>
  }
  throw new OptioError('VALIDATION', 'The payload must be a JSON object.')
}

function headerOf(name: string, value: string | undefined, form: RegExp): string {
  if (value !== undefined && form.test(value)) return value
  throw new OptioError('VALIDATION', `${name} is missing or malformed: only GitHub calls this address.`)
}

function hookIdOf(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null
}

function refusal(message: string): OptioError {
  return new OptioError('HOOK_SIGNATURE', message)
}
