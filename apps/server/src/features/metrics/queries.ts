import { sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'

/** What is stored, as numbers. */
export interface Figures {
  /** By kind, and then by state. */
  readonly runs: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly waitingForPerson: number
  /** Seconds that the run which waits longest for a slot has waited; 0 when none does. */
  readonly oldestQueuedSeconds: number
  readonly attempts: Readonly<Record<string, number>>
  readonly costUsd: number
  readonly checksRunning: number
  readonly effects: Readonly<Record<string, number>>
  /** Schedules that are due and have not fired yet. */
  readonly triggersDue: number
  /** Seconds by which the schedule that is due longest is late; 0 when none is. */
  readonly latestTriggerSeconds: number
  /** Of the last day, by the type of the trigger and then by what came of them. */
  readonly firings: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Firings that wait for the run before, however old. */
  readonly firingsWaiting: number
  /** Pull requests on a forge that are watched, and seconds since the one was looked at that was not for longest. */
  readonly watched: number
  readonly oldestLookSeconds: number
  /** Of a forge's webhooks in the last day, by what came of them. */
  readonly deliveries: Readonly<Record<string, number>>
  readonly processes: number
  readonly paused: boolean
}

/**
 * One statement, so that all figures are of one moment. A run that has had an attempt waits since that ended, not since it
 * was first queued; one that waits for the end of a backoff waits for no slot.
 */
export async function readFigures(db: Queries): Promise<Figures> {
  const { rows } = await db.execute<{ [K in keyof Figures]: Figures[K] }>(sql`
    with ended as materialized (
      select state, count(*)::int as n, sum(cost_usd) as cost from attempts group by state
    )
    select
      (select coalesce(json_object_agg(kind, states), '{}') from (
          select kind, json_object_agg(state, n) as states
          from (select kind, state, count(*)::int as n from runs group by kind, state) each_one group by kind
        ) r) as runs,
      (select count(*)::int from runs where waiting_on = 'person') as "waitingForPerson",
      (select coalesce(extract(epoch from now() - min(
          case when next_reason = 'first' then queued_at
               else greatest(queued_at, (select max(ended_at) from attempts a where a.run_id = r.id)) end)), 0)::float8
        from runs r where state = 'queued' and (not_before is null or not_before <= now())) as "oldestQueuedSeconds",
      (select coalesce(json_object_agg(state, n), '{}') from ended) as attempts,
      (select coalesce(sum(cost), 0)::float8 from ended) as "costUsd",
      (select count(*)::int from check_runs where status = 'running') as "checksRunning",
      (select coalesce(json_object_agg(state, n), '{}') from (
          select state, count(*)::int as n from effects where state in ('pending', 'executing') group by state
          union all
          select 'dead', count(*)::int from runs r join effects e on e.run_id = r.id and e.state = 'dead'
          where r.state not in ('completed', 'failed', 'cancelled')
        ) e) as effects,
      (select count(*)::int from triggers where next_fire_at <= now()) as "triggersDue",
      (select coalesce(extract(epoch from now() - min(next_fire_at)), 0)::float8
        from triggers where next_fire_at <= now()) as "latestTriggerSeconds",
      (select coalesce(json_object_agg(type, states), '{}') from (
          select type, json_object_agg(state, n) as states from (
            select t.type, f.state, count(*)::int as n from trigger_firings f join triggers t on t.id = f.trigger_id
            where f.created_at > now() - interval '1 day' group by t.type, f.state
          ) each_one group by type
        ) f) as firings,
      (select count(*)::int from trigger_firings where state = 'waiting') as "firingsWaiting",
      (select count(*)::int from pull_request_watches) as watched,
      (select coalesce(extract(epoch from now() - min(observed_at)), 0)::float8 from pull_request_watches) as "oldestLookSeconds",
      (select coalesce(json_object_agg(state, n), '{}') from (
          select state, count(*)::int as n from webhook_deliveries where received_at > now() - interval '1 day' group by state
        ) d) as deliveries,
      (select count(*)::int from processes) as processes,
      exists (select from installation where paused_at is not null) as paused`)
  const [row] = rows
  if (!row) throw new Error('the database answered a question without a row')
  return row
}
