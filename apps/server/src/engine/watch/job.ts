import { sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'

/** The job that looks at pull requests that are due. Any number may do it at once: whoever takes a row has it. */
export const WATCH_TASK = 'watch'

const NEXT_KEY = `${WATCH_TASK}:next`

/** Has what is due looked at now. */
export async function findWatchesDue(queries: Pick<Queries, 'execute'>): Promise<void> {
  await queries.execute(sql`select graphile_worker.add_job(${WATCH_TASK}, job_key := ${WATCH_TASK})`)
}

/**
 * Has it looked at when the next is due. A job of its own, because replacing a job moves its time; and one that comes sooner stays,
 * because others look at the same time and may know of something that is due sooner.
 */
export async function lookWhenDue(queries: Pick<Queries, 'execute'>): Promise<void> {
  await queries.execute(sql`
    select graphile_worker.add_job(${WATCH_TASK}, job_key := ${NEXT_KEY}, run_at := due_at)
    from (select min(due_at) as due_at from pull_request_watches) next
    where due_at is not null
      and not exists (select from graphile_worker.jobs where key = ${NEXT_KEY} and locked_at is null and run_at <= next.due_at)`)
}

/** Has what is due looked at after a pause, in milliseconds; what becomes due meanwhile is asked for with it. */
export async function lookAfter(queries: Pick<Queries, 'execute'>, pauseMs: number): Promise<void> {
  await queries.execute(sql`
    select graphile_worker.add_job(${WATCH_TASK}, job_key := ${NEXT_KEY},
      run_at := now() + make_interval(secs => ${pauseMs / 1000}))`)
}
