import { type SQL, sql } from 'drizzle-orm'
import type { Queries } from '../../../database/connection.ts'

/** Names of jobs; they are hints, and the rows they are about say what is to be done. */
export const SYNC_JOB = 'issue_sync'
export const LABEL_JOB = 'issue_label'
export const TICKET_JOB = 'issue_ticket'

type Executes = Pick<Queries, 'execute'>

/**
 * Has the issues of a repository read at a time, or at once. Those of one repository are read one after the other, by whatever process:
 * its jobs are in a queue of their own.
 */
export async function addSyncJob(db: Executes, repositoryId: string, at: Date | null = null): Promise<void> {
  await db.execute(sql`
    select graphile_worker.add_job(${SYNC_JOB}, json_build_object('repositoryId', ${repositoryId}::text),
      queue_name := ${`issue_sync:${repositoryId}`}, job_key := ${`issue_sync:${repositoryId}`},
      run_at := ${at?.toISOString() ?? null}::timestamptz)`)
}

/** Has the label of an issue acted on: at once, or at a time after so many tries without an answer. */
export async function addLabelJob(
  db: Executes,
  issue: { readonly repositoryId: string; readonly number: number },
  { at = null, failures = 0 }: Later = {},
): Promise<void> {
  const { repositoryId, number } = issue
  await db.execute(sql`
    select graphile_worker.add_job(${LABEL_JOB},
      json_build_object('repositoryId', ${repositoryId}::text, 'number', ${number}::int, 'failures', ${failures}::int),
      job_key := ${`issue_label:${repositoryId}:${number}`}, run_at := ${at?.toISOString() ?? null}::timestamptz)`)
}

/** When something is tried again, and how often it came to nothing before. */
export interface Later {
  readonly at?: Date | null
  readonly failures?: number
}

/**
 * Adds the jobs of labels that have none: one that was lost with its last try. Those that wait for their time go on waiting. Of one
 * repository.
 */
export async function remindOfLabels(db: Executes, repositoryId: string): Promise<void> {
  await db.execute(sql`
    select ${labelJob(sql`'preserve_run_at'`)} from issues i
    where i.repository_id = ${repositoryId} and i.label_pending and not exists (
      select from graphile_worker.jobs j where j.key = ${LABEL_KEY} and j.attempts < j.max_attempts)`)
}

/** Has everything that waits because a forge gave no answer tried at once: labels, and firings of ticket triggers. */
export async function askAgainAtOnce(db: Executes): Promise<void> {
  await db.execute(sql`
    select ${labelJob(sql`'replace'`)} from issues i where i.label_pending and i.not_assigned is not null`)
  await db.execute(sql`
    select ${ticketJob(sql`'replace'`)} from trigger_firings f join triggers t on t.id = f.trigger_id
    where f.state = 'waiting' and t.type = 'ticket' and f.code is not null`)
}

const LABEL_KEY = sql`'issue_label:' || i.repository_id || ':' || i.number`

function labelJob(mode: SQL): SQL {
  return sql`graphile_worker.add_job(${LABEL_JOB},
    json_build_object('repositoryId', i.repository_id, 'number', i.number), job_key := ${LABEL_KEY}, job_key_mode := ${mode})`
}

/** Has a firing of a ticket trigger carried out, at once or as `addLabelJob` does. */
export async function addTicketJob(
  db: Executes,
  firingId: string,
  { at = null, failures = 0 }: Later = {},
): Promise<void> {
  await db.execute(sql`
    select graphile_worker.add_job(${TICKET_JOB},
      json_build_object('firingId', ${firingId}::text, 'failures', ${failures}::int),
      job_key := ${`issue_ticket:${firingId}`}, run_at := ${at?.toISOString() ?? null}::timestamptz)`)
}

/** The same for firings of ticket triggers as `remindOfLabels`, of all. */
export async function remindOfTickets(db: Executes): Promise<void> {
  await db.execute(sql`
    select ${ticketJob(sql`'preserve_run_at'`)} from trigger_firings f join triggers t on t.id = f.trigger_id
    where f.state = 'waiting' and t.type = 'ticket' and not exists (
      select from graphile_worker.jobs j where j.key = ${TICKET_KEY} and j.attempts < j.max_attempts)`)
}

const TICKET_KEY = sql`'issue_ticket:' || f.id`

function ticketJob(mode: SQL): SQL {
  return sql`graphile_worker.add_job(${TICKET_JOB}, json_build_object('firingId', f.id), job_key := ${TICKET_KEY},
    job_key_mode := ${mode})`
}
