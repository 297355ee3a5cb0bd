import { sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { CHANNEL } from '../../database/notice.ts'
import { redact, redactJson } from '../../redaction/process-redactor.ts'
import { eventNotices } from './notice.ts'

/** Something that happened, to be recorded with what made it happen. */
export interface NewEvent {
  readonly workspaceId: string
  /** The run it is about; null when it is about none. */
  readonly runId: string | null
  /**
   * `task:created`, `task:state_changed` and so on: see the wire format of `/ws/events`. What happens to a run of a standalone task is
   * stored, and told, as `run:…` by itself, with the ids of the run and of its definition.
   */
  readonly type: string
  readonly fromState?: string | null
  readonly toState?: string | null
  /** What made it happen, in a word. */
  readonly trigger?: string | null
  /** The same in a sentence, for people. */
  readonly message?: string | null
  /** Who did it: a user's id, or `optio`. */
  readonly actor: string
  /** More for readers of `/ws/events`. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** First half of the advisory lock's key, so that it meets no other lock; the second is the workspace. */
const LOCK_CLASS = 0x6f707465

/**
 * Records events in the transaction of what they tell, without any secret that is known, and has every process told when it commits.
 *
 * Must be the last thing in the transaction that can wait: from here to the commit, nobody else records an event in the
 * workspace. That makes ids ascend in the order of commit, so that a reader that goes on after an id misses none. (Ids alone do
 * not: a transaction that took its id early may commit late. Snapshots of transaction ids would do without the lock, but
 * then a slow transaction anywhere in the database holds back every reader.)
 */
export async function appendEvents(tx: Transaction, events: readonly NewEvent[]): Promise<void> {
  const workspaces = [...new Set(events.map(({ workspaceId }) => workspaceId))].sort()
  for (const workspaceId of workspaces) {
    const rows = events.filter((event) => event.workspaceId === workspaceId)
    const columns = {
      runId: rows.map(({ runId }) => runId),
      type: rows.map(({ type }) => type),
      fromState: rows.map(({ fromState }) => fromState ?? null),
      toState: rows.map(({ toState }) => toState ?? null),
      trigger: rows.map(({ trigger }) => trigger ?? null),
      message: rows.map(({ message }) => (message == null ? null : redact(message))),
      actor: rows.map(({ actor }) => actor),
      data: rows.map(({ data }) => JSON.stringify(redactJson(data ?? {}))),
    }
    const runIds = new Set(rows.flatMap(({ runId }) => (runId === null ? [] : [runId])))
    const payloads = eventNotices(workspaceId, [...runIds])
    // In one statement, because everybody waits for its end. Ids are given to rows that the lock is a part of, so after it was got.
    await tx.execute(sql`
      with locked as materialized (select pg_advisory_xact_lock(${LOCK_CLASS}, hashtext(${workspaceId}))),
      stored as (
        insert into events (workspace_id, run_id, type, from_state, to_state, trigger, message, actor, data)
        select ${workspaceId}::uuid, e.run_id,
               case when r.kind = 'standalone' then regexp_replace(e.type, '^task:', 'run:') else e.type end,
               e.from_state, e.to_state, e.trigger, e.message, e.actor,
               e.data::jsonb || case when r.kind = 'standalone'
                 then jsonb_build_object('runId', r.id, 'definitionId', r.blueprint_id) else '{}' end
        from locked cross join
             unnest(${sql.param(columns.runId)}::uuid[], ${sql.param(columns.type)}::text[], ${sql.param(columns.fromState)}::text[],
                    ${sql.param(columns.toState)}::text[], ${sql.param(columns.trigger)}::text[], ${sql.param(columns.message)}::text[],
                    ${sql.param(columns.actor)}::text[], ${sql.param(columns.data)}::text[])
               with ordinality as e(run_id, type, from_state, to_state, trigger, message, actor, data, n)
             left join runs r on r.id = e.run_id
        order by e.n
      )
      select pg_notify(${CHANNEL}, payload) from unnest(${sql.param(payloads)}::text[]) payload`)
  }
}
