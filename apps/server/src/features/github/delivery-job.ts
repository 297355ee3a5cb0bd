import { OptioError } from '@optio/contract'
import { type GithubRepository, NoAnswer } from '@optio/forges'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import { repositories, webhookDeliveries } from '../../database/schema/index.ts'
import type { RepositoryRow } from '../../engine/read-run.ts'
import { redact } from '../../redaction/process-redactor.ts'
import { type ApplyDeps, applyDelivery, type Told } from './apply.ts'
import { type Digest, isOtherRepository } from './digest.ts'
import { followRepository } from './follow-repository.ts'

/** The job that works on one delivery. */
export const DELIVERY_TASK = 'delivery'

export interface DeliveryDeps extends ApplyDeps {
  readonly database: Database
  readonly log: { warn(facts: object, message: string): void }
  /** Address of GitHub's pages. */
  readonly serverUrl: string
  /** What a repository is called today; null when GitHub shows none. Throws `NoAnswer`. */
  readonly ask: (repository: RepositoryRow) => Promise<GithubRepository | null>
}

/** A delivery as it waits for the work on it. */
interface Kept extends Digest {
  /** Those it is signed for. */
  readonly repositoryIds: readonly string[]
}

/** Longest text about a delivery that is kept, in characters. */
const LONGEST_DETAIL = 1_000

/**
 * Works on a delivery. What it says is a hint to look again, so neither its order nor its loss matters, and what was done of it before it
 * was broken off is done again. One that cannot be worked on is `failed`, with words; GitHub can send it again.
 */
export async function workOnDelivery(deps: DeliveryDeps, id: string): Promise<void> {
  try {
    const words = await work(deps, id)
    if (words !== null) await settle(deps.database, id, 'done', words)
  } catch (error) {
    if (isPassing(error)) throw error
    deps.log.warn({ err: error, delivery: id }, 'a delivery could not be worked on')
    await settle(deps.database, id, 'failed', error instanceof OptioError ? error.message : String(error))
  }
}

async function settle({ orm }: Database, id: string, state: 'done' | 'failed', words: string): Promise<void> {
  // Whole first, because half of a secret is none that is known.
  const detail = redact(words).slice(0, LONGEST_DETAIL)
  await orm
    .update(webhookDeliveries)
    .set({ state, detail, payload: null, doneAt: sql`now()` })
    .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.state, 'received')))
}

/** Answers in words what it came to; null when there is nothing to do. */
async function work(deps: DeliveryDeps, id: string): Promise<string | null> {
  const [delivery] = await deps.database.orm
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.state, 'received')))
  if (!delivery) return null
  const { repositoryIds, ...digest } = delivery.payload as unknown as Kept
  const told: Told = { event: delivery.event, receivedAt: delivery.receivedAt, digest }
  const said: string[] = []
  let silence: NoAnswer | null = null
  for (const repository of await readConnected(deps.database, repositoryIds)) {
    const { words, silence: here } = await workFor(deps, repository, told)
    said.push(...words)
    silence ??= here
  }
  if (silence !== null) throw silence
  return [...new Set(said)].join(' ')
}

/** What it means for one of its repositories; with the reason where GitHub has yet to say what that is called. */
async function workFor(
  deps: DeliveryDeps,
  repository: RepositoryRow,
  told: Told,
): Promise<{ words: string[]; silence: NoAnswer | null }> {
  const { database, serverUrl } = deps
  const { digest } = told
  if (isOtherRepository(digest.repository, repository.forgeId)) {
    const words = `It is of another repository than ${repository.fullName}, which is connected.`
    return { words: [words], silence: null }
  }
  const isKnownById = digest.repository?.id != null && digest.repository.id === repository.forgeId
  const isNamedAsKnown = isNamed(deps, digest, repository.repoUrl)
  const answer =
    isNamedAsKnown && told.event !== 'repository' ? undefined : await answerOf(deps, repository, digest)
  const now = answer === undefined || answer instanceof NoAnswer ? null : answer
  const followed =
    now &&
    (await database.transaction((tx) =>
      followRepository(deps, tx, repository, now, digest.formerDefaultBranch),
    ))
  const isNamedAsItIs = now !== null && isNamed(deps, digest, `${serverUrl}/${now.fullName}`)
  const applied = await database.transaction((tx) =>
    applyDelivery(deps, tx, repository, told, isKnownById || isNamedAsKnown || isNamedAsItIs),
  )
  await noteThatItDelivers(database, repository.id)
  const missing = answer === null ? `GitHub shows no ${repository.fullName} to Optio’s credential.` : null
  const words = [followed, missing, applied].filter((each) => each !== null)
  return { words, silence: answer instanceof NoAnswer ? answer : null }
}

/** Undefined where it is only named among others: nothing is said of it then. */
async function answerOf(
  { ask }: DeliveryDeps,
  repository: RepositoryRow,
  digest: Digest,
): Promise<GithubRepository | NoAnswer | null | undefined> {
  if (digest.repository === null) return undefined
  try {
    return await ask(repository)
  } catch (error) {
    if (error instanceof NoAnswer) return error
    throw error
  }
}

/** Whether a delivery speaks of what is at this address. */
function isNamed({ serverUrl }: DeliveryDeps, { repository }: Digest, repoUrl: string): boolean {
  return repository !== null && `${serverUrl}/${repository.fullName}`.toLowerCase() === repoUrl.toLowerCase()
}

/** By itself: whoever assigns an issue holds that, and waits for its repository. */
async function noteThatItDelivers({ orm }: Database, repositoryId: string): Promise<void> {
  await orm.execute(sql`
    update repositories set webhook_seen_at = now()
    where id = ${repositoryId} and (webhook_seen_at is null or webhook_seen_at < now() - interval '1 minute')`)
}

async function readConnected({ orm }: Database, ids: readonly string[]): Promise<RepositoryRow[]> {
  return await orm
    .select()
    .from(repositories)
    .where(and(inArray(repositories.id, [...ids]), isNull(repositories.disconnectedAt)))
    .orderBy(asc(repositories.id))
}

/** GitHub or the database was away, or others were faster: it is tried again. */
function isPassing(error: unknown): boolean {
  if (error instanceof NoAnswer) return true
  return error instanceof OptioError && (error.status >= 500 || error.code === 'CONFLICT')
}

/** Adds the job of deliveries that wait and have none: it was lost with its process. */
export async function healDeliveries({ orm }: Database): Promise<void> {
  await orm.execute(sql`
    select graphile_worker.add_job(${DELIVERY_TASK}, json_build_object('id', id), job_key := ${DELIVERY_TASK} || ':' || id)
    from (
      select id from webhook_deliveries d where state = 'received' and received_at < now() - interval '10 seconds'
        and not exists (
          select from graphile_worker.jobs j where j.key = ${DELIVERY_TASK} || ':' || d.id and j.attempts < j.max_attempts
        )
      order by received_at limit 200
    ) forgotten`)
}
