import { OptioError } from '@optio/contract'
import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import { DEFAULT_WORKSPACE_ID } from '../../database/schema/workspaces.ts'
import { DELIVERY_TASK } from './delivery-job.ts'
import { type Digest, digestOf, isOtherRepository } from './digest.ts'
import { mostTried, signerOf } from './signature.ts'
import type { SigningSecrets } from './signing-secrets.ts'

/** A request to `/api/webhooks/github` as it came. */
export interface Delivery {
  readonly body: Buffer
  /** `X-GitHub-Event` */
  readonly event: string | undefined
  /** `X-GitHub-Delivery` */
  readonly id: string | undefined
  /** `X-Hub-Signature-256` */
  readonly signature: string
  /** `X-GitHub-Hook-ID` */
  readonly hookId: string | undefined
  readonly contentType: string | undefined
}

export interface ReceiveDeps {
  readonly database: Database
  /** Of the name `GITHUB_WEBHOOK_SECRET`. */
  readonly signing: SigningSecrets
  /** Address of GitHub's pages, without a slash at its end. */
  readonly serverUrl: string
}

/** A connected repository that a delivery may be about. */
interface Named {
  readonly forgeId: number | null
  readonly id: string
  readonly workspaceId: string
}

const NONE: Connected = { about: [], others: [] }

export type Received = 'queued' | 'ignored' | 'replayed'

/**
 * Takes a delivery of GitHub: in one statement it is put down and the work on it queued, so it is answered at once and is never lost
 * after that. One that came before does nothing, unless it failed. It is about those repositories for which the secret it is signed with
 * holds, whatever else it names. Throws HOOK_SIGNATURE, VALIDATION or UNSUPPORTED_MEDIA_TYPE.
 */
export async function receiveDelivery(deps: ReceiveDeps, delivery: Delivery): Promise<Received> {
  const hookId = hookIdOf(delivery.hookId)
  const secret = await requireSigned(deps, delivery, hookId)
  const event = headerOf('X-GitHub-Event', delivery.event, /^[a-z_]{1,100}$/)
  const id = headerOf('X-GitHub-Delivery', delivery.id, /^[\x21-\x7e]{1,200}$/)
  const digest = digestOf(event, payloadOf(delivery))
  const named = digest === null ? NONE : await findNamed(deps, digest, hookId)
  const signedFor: Named[] = []
  for (const row of named.about) {
    if ((await deps.signing.of(row.workspaceId, row.id)) === secret) signedFor.push(row)
  }
  return await store(deps, { id, event, digest, signedFor, why: whyIgnored(event, digest, named) })
}

/** The secret it is signed with. Of a large one that many secrets may sign, those of the repository it says to be of are tried first. */
async function requireSigned(
  { database, signing }: ReceiveDeps,
  { body, signature }: Delivery,
  hookId: number | null,
): Promise<string> {
  const secrets = [...(await signing.all())]
  if (secrets.length > mostTried(body.length) && hookId !== null) {
    const likely = await findConnected(database, sql`webhook_id = ${hookId}::bigint`)
    const theirs = await Promise.all(likely.map((row) => signing.of(row.workspaceId, row.id)))
    secrets.unshift(...theirs.filter((secret) => secret !== null))
  }
  const secret = signerOf(body, signature, secrets)
  if (secret !== null) return secret
  throw refusal('X-Hub-Signature-256 is not that of this body under GITHUB_WEBHOOK_SECRET.')
}

interface Connected {
  readonly about: readonly Named[]
  /** Connected by a name the delivery has, which is another repository's now. */
  readonly others: readonly Named[]
}

/**
 * Those it is about, in every workspace, by GitHub's number of them where that is known, else by name; where it names none that is connected,
 * those its webhook was registered for.
 */
async function findNamed(
  { database, serverUrl }: ReceiveDeps,
  { repository, formerly, others }: Digest,
  hookId: number | null,
): Promise<Connected> {
  // An address of another server than the one Optio talks to is nobody's here.
  if (repository !== null && !repository.url.startsWith(`${serverUrl}/`)) return NONE
  const names = [repository?.fullName ?? [], formerly, others].flat()
  const urls = names.map((name) => `${serverUrl}/${name}`.toLowerCase())
  const id = sql`${repository?.id ?? null}::bigint`
  const isHere = sql`starts_with(lower(repo_url), ${`${serverUrl}/`.toLowerCase()})`
  const named = await findConnected(
    database,
    sql`(forge_id = ${id} and ${isHere} or lower(repo_url) = any(${sql.param(urls)}::text[]))`,
  )
  const hooked =
    named.length > 0 || hookId === null
      ? named
      : await findConnected(
          database,
          sql`repo_url in (select repo_url from repositories where webhook_id = ${hookId}::bigint)`,
        )
  const isOther = (row: Named) => isOtherRepository(repository, row.forgeId)
  return { about: hooked.filter((row) => !isOther(row)), others: hooked.filter(isOther) }
}

async function findConnected({ orm }: Database, which: SQL): Promise<Named[]> {
  const { rows } = await orm.execute<{ id: string; workspace_id: string; forge_id: string | null }>(sql`
    select id, workspace_id, forge_id from repositories
    where disconnected_at is null and git_platform = 'github' and ${which} order by id`)
  return rows.map((row) => ({
    id: row.id,
    workspaceId: row.workspace_id,
    forgeId: row.forge_id === null ? null : Number(row.forge_id),
  }))
}

function whyIgnored(event: string, digest: Digest | null, { about, others }: Connected): string {
  if (digest === null) return `Optio does not act on ${event}.`
  if (about.length === 0 && others.length > 0) {
    return `It is of another repository than the one connected: ${digest.repository?.fullName ?? 'its name'} was renamed or replaced.`
  }
  if (about.length === 0) return 'No repository it is about is connected.'
  return 'It is signed with another secret than the GITHUB_WEBHOOK_SECRET of the repository it is about.'
}

interface ToStore {
  readonly id: string
  readonly event: string
  readonly digest: Digest | null
  readonly signedFor: readonly Named[]
  readonly why: string
}

async function store(
  { database }: ReceiveDeps,
  { id, event, digest, signedFor, why }: ToStore,
): Promise<Received> {
  const [first] = signedFor
  const state = digest !== null && first !== undefined ? 'received' : 'ignored'
  const name = digest?.repository?.fullName ?? digest?.formerly[0] ?? digest?.others[0] ?? null
  const kept = { ...digest, repositoryIds: signedFor.map((row) => row.id) }
  const { rows } = await database.orm.execute<{ state: 'received' | 'ignored' | null }>(sql`
    with stored as (
      insert into webhook_deliveries as d
        (id, event, action, workspace_id, repository_id, repository, state, detail, payload, done_at)
      values (${id}, ${event}, ${digest?.action ?? null}, ${first?.workspaceId ?? DEFAULT_WORKSPACE_ID}, ${first?.id ?? null}, ${name},
        ${state}, ${state === 'ignored' ? why : null}, ${state === 'received' ? JSON.stringify(kept) : null}::jsonb,
        case when ${state} = 'ignored' then now() end)
      on conflict (id) do update set state = excluded.state, payload = excluded.payload, detail = null, done_at = null
        where d.state = 'failed' and excluded.state = 'received'
      returning state
    ), queued as (
      select graphile_worker.add_job(${DELIVERY_TASK}, json_build_object('id', ${id}::text), job_key := ${`${DELIVERY_TASK}:${id}`})
      from stored where state = 'received'
    )
    select (select state from stored) as state, (select count(*) from queued) as jobs`)
  const stored = rows[0]?.state ?? null
  return stored === null ? 'replayed' : stored === 'received' ? 'queued' : 'ignored'
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

export function refusal(message: string): OptioError {
  return new OptioError('HOOK_SIGNATURE', message)
}
