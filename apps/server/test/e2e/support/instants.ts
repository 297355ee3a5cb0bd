import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'

/** Stages of a run that a kill is aimed at, besides random moments. */
export const STAGES = [
  'queued',
  'provisioning',
  'running',
  'collecting',
  'unpublished',
  'opening',
  'pr_opened',
  'checking',
  'merging',
] as const
/** Besides, of runs of other kinds. */
export const STAGES_OF_REVIEWS = ['posting'] as const
export type Stage = (typeof STAGES)[number] | (typeof STAGES_OF_REVIEWS)[number]

interface Row {
  readonly id: string
  readonly state: string
  readonly number: number | null
  readonly attempt: string | null
  readonly unpublished: boolean
  readonly opening: boolean
  readonly checking: boolean
  readonly merging: boolean
  readonly posting: boolean
}

/** The stages that unfinished runs are in at this moment, each as often as there are runs in it. */
export async function readStages(database: pg.Pool, dataDir: string): Promise<Stage[]> {
  const { rows } = await database.query<Row>(`
    select r.id, r.state, a.number, a.state as attempt,
      r.state = 'running' and a.state = 'succeeded' and r.published_sha is distinct from r.head_sha as unpublished,
      exists (select from effects e where e.run_id = r.id and e.kind = 'open_pull_request' and e.state <> 'done') as opening,
      exists (select from check_runs c where c.run_id = r.id and c.status = 'running') as checking,
      exists (select from effects e where e.run_id = r.id and e.kind = 'merge' and e.state <> 'done') as merging,
      exists (select from effects e where e.run_id = r.id and e.kind = 'post_review' and e.state <> 'done') as posting
    from runs r left join lateral (select * from attempts where run_id = r.id order by number desc limit 1) a on true
    where r.state not in ('completed', 'failed', 'cancelled')`)
  return rows.map((row) => stageOf(row, dataDir))
}

function stageOf(row: Row, dataDir: string): Stage {
  if (row.merging) return 'merging'
  if (row.posting) return 'posting'
  if (row.opening) return 'opening'
  if (row.unpublished) return 'unpublished'
  if (row.checking) return 'checking'
  if (row.attempt === 'running' && agentEnded(row, dataDir)) return 'collecting'
  if (row.state === 'queued' || row.state === 'provisioning' || row.state === 'running') return row.state
  return 'pr_opened'
}

/** The supervisor has recorded the agent's end and Optio has not: what the agent made is being looked at. */
function agentEnded({ id, number }: Row, dataDir: string): boolean {
  return existsSync(join(dataDir, 'environments', id, 'steps', String(number), 'agent', 'ctl', 'exit'))
}

/** Everything that is known about runs that do not come to an end, for whoever has to find out why. */
export async function readUnfinished(database: pg.Pool): Promise<unknown> {
  const read = async (text: string) => (await database.query(text)).rows
  return {
    runs: await read(`select id, state, intent, version, next_look_at, explanation, updated_at from runs
      where state not in ('completed', 'failed', 'cancelled')`),
    attempts:
      await read(`select a.run_id, a.number, a.state, a.process_id, a.generation, a.error_message from attempts a
      join runs r on r.id = a.run_id where r.state not in ('completed', 'failed', 'cancelled')`),
    effects: await read(`select e.run_id, e.kind, e.state, e.process_id, e.tries, e.last_error from effects e
      join runs r on r.id = e.run_id where r.state not in ('completed', 'failed', 'cancelled')`),
    checks: await read(
      `select run_id, status, process_id, generation, restarts from check_runs where status <> 'completed'`,
    ),
    processes: await read('select id, pid, pool_ids, heartbeat_at from processes'),
    jobs: await read(
      `select task_identifier, key, attempts, run_at, locked_at, locked_by, last_error from graphile_worker.jobs`,
    ),
  }
}
