import { type SQL, sql } from 'drizzle-orm'

/**
 * Triggers that have a firing that waits, for a `with recursive`: from one to the next by the index, so that it does not matter how
 * many firings of one of them wait.
 */
export const QUEUED_TRIGGERS = sql.raw(`queued as (
    (select trigger_id from trigger_firings where state = 'waiting' order by trigger_id limit 1)
    union all
    select (select f.trigger_id from trigger_firings f where f.state = 'waiting' and f.trigger_id > queued.trigger_id
            order by f.trigger_id limit 1)
    from queued where queued.trigger_id is not null
  )`)

/** Whether a run that a trigger started is unfinished; in the words of the index for it. */
export function hasUnfinishedRun(triggerId: SQL): SQL {
  return sql`exists (select from runs r where r.trigger_id = ${triggerId} and r.trigger_id is not null
    and r.state not in ('completed', 'failed', 'cancelled'))`
}
