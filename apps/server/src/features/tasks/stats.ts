import type { TaskStats } from '@optio/contract'
import { checksStatus, type PullRequestObservation, type RunState } from '@optio/core'
import { sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { createRecentlyRead } from '../recently-read.ts'

/**
 * How many repo-tasks are in which state, and how much of every kind waits for a person; counted at most once a second however many
 * ask.
 */
export function createStats(db: Queries): (workspaceId: string) => Promise<TaskStats> {
  const recently = createRecentlyRead<TaskStats>()
  return (workspaceId) => recently(workspaceId, () => count(db, workspaceId))
}

async function count(db: Queries, workspaceId: string): Promise<TaskStats> {
  const { rows } = await db.execute<{ state: RunState; count: number }>(sql`
    select state, count(*)::int as count from runs where workspace_id = ${workspaceId} and kind = 'repo' group by state`)
  const waiting = await db.execute<{ count: number }>(sql`
    select count(*)::int as count from runs where workspace_id = ${workspaceId} and waiting_on = 'person'`)
  const open = await db.execute<{ observation: PullRequestObservation | null }>(sql`
    select observation from runs where workspace_id = ${workspaceId} and kind = 'repo' and state = 'pr_opened'`)
  const sum = (...states: RunState[]) =>
    rows.filter(({ state }) => states.includes(state)).reduce((total, each) => total + each.count, 0)
  const ci = open.rows.filter(
    ({ observation }) => observation !== null && checksStatus(observation) === 'pending',
  ).length
  return {
    total: rows.reduce((total, each) => total + each.count, 0),
    queued: sum('pending', 'waiting_on_deps', 'queued'),
    running: sum('provisioning', 'running'),
    ci,
    review: open.rows.length - ci,
    needsAttention: sum('needs_attention'),
    waitingForPerson: waiting.rows[0]?.count ?? 0,
    failed: sum('failed'),
    completed: sum('completed'),
  }
}
