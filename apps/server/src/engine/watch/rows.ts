import { FINISHED_STATES } from '@optio/core'
import { type SQL, sql } from 'drizzle-orm'
import type { Database, Queries, Transaction } from '../../database/connection.ts'
import { addEffectJob, WAKE_TASK } from '../wake-ups.ts'
import { findWatchesDue } from './job.ts'

/** As SQL writes a list of them. */
export const FINISHED = sql.raw(FINISHED_STATES.map((state) => `'${state}'`).join(', '))

/** Runs whose pull requests are watched together: those on a forge, of which one request tells fifty. */
const WATCHED = sql`r.kind = 'repo' and r.pr_number is not null and r.state not in (${FINISHED}) and p.git_platform <> 'local'`

/**
 * Something was done to the pull request of a run, or (for a review) to that of its parent: what was observed of it before is old from now
 * on. One that is not watched yet is watched. Of a repository of this machine there is nothing to do.
 */
export async function askAnew(tx: Queries, runId: string): Promise<void> {
  await tx.execute(sql`
    insert into pull_request_watches as w (run_id, workspace_id, repository_id, number, head_ref, asked_at)
    select r.id, r.workspace_id, r.repository_id, r.pr_number, r.branch, now()
    from runs r join repositories p on p.id = r.repository_id
    where r.id in (${runId}, (select parent_run_id from runs where id = ${runId})) and ${WATCHED}
    on conflict (run_id) do update set
      number = excluded.number, head_ref = excluded.head_ref, asked_at = now(), due_at = now(), changed_at = now(),
      observed_at = case when w.number = excluded.number then w.observed_at end, silence = null, failures = 0`)
}

/** The run has ended, or has this pull request no more. */
export async function endWatch(tx: Queries, runId: string): Promise<void> {
  await tx.execute(sql`delete from pull_request_watches where run_id = ${runId}`)
}

/**
 * Adds what is missing and removes what is over, whoever forgot it, and has looked for what is due and nobody looks at. A hint that was
 * lost costs as long as this is not done.
 */
export async function healWatches(queries: Queries): Promise<void> {
  const { rows } = await queries.execute<{ due: boolean }>(sql`
    with missing as (
      insert into pull_request_watches (run_id, workspace_id, repository_id, number, head_ref)
      select r.id, r.workspace_id, r.repository_id, r.pr_number, r.branch
      from runs r join repositories p on p.id = r.repository_id
      where ${WATCHED} and not exists (select from pull_request_watches w where w.run_id = r.id)
      limit 1000
      on conflict do nothing returning 1
    ), over as (
      delete from pull_request_watches w using runs r
      where r.id = w.run_id and (r.state in (${FINISHED}) or r.pr_number is null)
    )
    select exists (select from missing)
      or exists (select from pull_request_watches where due_at < now() - interval '2 seconds') as due`)
  if (rows[0]?.due) await findWatchesDue(queries)
}

/**
 * After a start: what happened meanwhile nobody may have been told of. A credential that comes from the environment can only have
 * been replaced by that, so what waits for one is tried at once; what a limit holds up is not.
 */
export async function askAfterStart(database: Pick<Database, 'transaction'>, watchMs: number): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.execute(sql`
      update pull_request_watches set due_at = now()
      where due_at > now() and failures = 0 and observed_at < now() - make_interval(secs => ${watchMs / 1000})`)
    await askThoseWaiting(tx, {
      watches: sql`silence = 'credential'`,
      effects: sql`e.silence = 'credential'`,
      failures: sql`failure ->> 'why' = 'credential'`,
    })
  })
}

/**
 * Those that wait because the forge did not take the credential, or could not be reached, are tried at once: a credential was saved. So are
 * the effects that wait, and the queued runs whose environment could not be made.
 */
export async function askForgeAgain(tx: Transaction): Promise<void> {
  await askThoseWaiting(tx, { watches: sql`true`, effects: sql`true`, failures: sql`true` })
}

/** Which of those that wait for a forge: conditions on what was the matter. */
interface Waiting {
  readonly watches: SQL
  /** Of the effect `e`. */
  readonly effects: SQL
  /** On the column `failure` of the last attempt. */
  readonly failures: SQL
}

async function askThoseWaiting(tx: Transaction, which: Waiting): Promise<void> {
  await tx.execute(
    sql`update pull_request_watches set due_at = now() where failures > 0 and due_at > now() and ${which.watches}`,
  )
  await findWatchesDue(tx)
  await tx.execute(sql`
    with waiting as (
      update effects e set not_before = null
      from runs r join repositories p on p.id = r.repository_id
      where e.state = 'pending' and e.not_before > now() and r.id = e.run_id and p.git_platform <> 'local'
        and ${which.effects}
      returning e.id, e.kind
    )
    select ${addEffectJob()} from waiting`)
  await tx.execute(sql`
    with waiting as (
      update runs r set not_before = null, version = version + 1
      from repositories p
      where r.state = 'queued' and r.not_before > now() and p.id = r.repository_id and p.git_platform <> 'local'
        and (select failure ->> 'kind' = 'forge' and ${which.failures}
          from attempts a where a.run_id = r.id order by a.number desc limit 1)
      returning r.id
    )
    select graphile_worker.add_job(${WAKE_TASK}, json_build_object('runId', id), job_key := 'wake:' || id) from waiting`)
}
