import { OptioError } from '@optio/contract'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../database/connection.ts'
import { repositories, webhookDeliveries } from '../../database/schema/index.ts'
import { redact } from '../../redaction/process-redactor.ts'
import { type ApplyDeps, applyDelivery } from './apply.ts'
import type { Digest } from './digest.ts'

/** The job that works on one delivery. */
export const DELIVERY_TASK = 'delivery'

export interface DeliveryDeps extends ApplyDeps {
  readonly database: Database
  readonly log: { warn(facts: object, message: string): void }
}

/**
 * Works on a delivery, all in one transaction, once: what it says is a hint to look again, so neither its order nor its loss matters. One
 * that cannot be worked on is `failed`, with words; GitHub can send it again.
 */
export async function workOnDelivery(deps: DeliveryDeps, id: string): Promise<void> {
  try {
    await deps.database.transaction((tx) => work(deps, tx, id))
  } catch (error) {
    if (isPassing(error)) throw error
    deps.log.warn({ err: error, delivery: id }, 'a delivery could not be worked on')
    const words = error instanceof OptioError ? error.message : String(error)
    const change = { state: 'failed', detail: redact(words.slice(0, 1_000)), payload: null } as const
    await deps.database.orm
      .update(webhookDeliveries)
      .set({ ...change, doneAt: sql`now()` })
      .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.state, 'received')))
  }
}

async function work(deps: DeliveryDeps, tx: Transaction, id: string): Promise<void> {
  const [delivery] = await tx
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.state, 'received')))
    .for('update')
  if (!delivery) return
  const digest = delivery.payload as unknown as Digest
  const said: string[] = []
  for (const repository of await repositoriesOf(tx, delivery.repositoryId, digest)) {
    said.push(
      await applyDelivery(deps, tx, repository, {
        event: delivery.event,
        receivedAt: delivery.receivedAt,
        digest,
      }),
    )
  }
  const detail = redact([...new Set(said)].join(' ').slice(0, 1_000))
  await tx
    .update(webhookDeliveries)
    .set({ state: 'done', detail, payload: null, doneAt: sql`now()` })
    .where(eq(webhookDeliveries.id, id))
}

/** The repository, in every workspace that has it, and others the delivery is about. */
async function repositoriesOf(tx: Transaction, id: string | null, { others }: Digest) {
  const named = tx
    .select({ repoUrl: repositories.repoUrl })
    .from(repositories)
    .where(eq(repositories.id, sql`${id}::uuid`))
  const isOther = inArray(
    sql`lower(${repositories.fullName})`,
    others.map((name) => name.toLowerCase()),
  )
  return await tx
    .select()
    .from(repositories)
    .where(
      and(
        eq(repositories.gitPlatform, 'github'),
        isNull(repositories.disconnectedAt),
        others.length === 0
          ? inArray(repositories.repoUrl, named)
          : sql`(${inArray(repositories.repoUrl, named)} or ${isOther})`,
      ),
    )
    .orderBy(asc(repositories.id))
}

/** The database was away, or others were faster: it is tried again. */
function isPassing(error: unknown): boolean {
  return error instanceof OptioError && (error.status >= 500 || error.code === 'CONFLICT')
}

/** Adds the job of deliveries that wait and have none: it was lost with its process. */
export async function healDeliveries({ orm }: Database): Promise<void> {
  await orm.execute(sql`
    select graphile_worker.add_job(${DELIVERY_TASK}, json_build_object('id', id), job_key := ${DELIVERY_TASK} || ':' || id)
    from (
      select id from webhook_deliveries where state = 'received' and received_at < now() - interval '10 seconds'
      order by received_at limit 200
    ) forgotten`)
}
