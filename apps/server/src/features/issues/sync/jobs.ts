import { sql } from 'drizzle-orm'
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

/** Has the label of an issue acted on. */
export async function addLabelJob(
  db: Executes,
  issue: { readonly repositoryId: string; readonly number: number },
  at: Date | null = null,
): Promise<void> {
  const { repositoryId, number } = issue
  await db.execute(sql`
    select graphile_worker.add_job(${LABEL_JOB},
      json_build_object('repositoryId', ${repositoryId}::text, 'number', ${number}::int),
      job_key := ${`issue_label:${repositoryId}:${number}`}, run_at := ${at?.toISOString() ?? null}::timestamptz)`)
}

/** Has a firing of a ticket trigger carried out. */
export async function addTicketJob(db: Executes, firingId: string): Promise<void> {
  await db.execute(sql`
    select graphile_worker.add_job(${TICKET_JOB}, json_build_object('firingId', ${firingId}::text),
      job_key := ${`issue_ticket:${firingId}`})`)
}
