import type { PullRequestFacts } from '@optio/core'
import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import type { RunRow } from '../read-run.ts'
import { askAnew } from './rows.ts'
import type { Watcher } from './watcher.ts'

/** Older than this and due, an observation is not relied on: nobody seems to look. */
const OLDEST_S = 10 * 60

/** The look of a watch comes first; a run only looks by itself when that did not happen. */
const AFTER_THE_WATCH_MS = 5_000

/** How a run stands with what was observed of its pull request. */
type Standing = 'fresh' | 'old' | 'silent' | 'missing'

/**
 * What is known of a pull request that is watched: what was observed last, as long as nobody said that it changed since. Else it is asked
 * for now, and read again: `look` is done in vain when the forge gives no answer, which is stored with the reason.
 *
 * @returns null when it was asked for: the run has to be read again, and what is known then is known.
 */
export async function watchedFacts(
  { database, watcher }: { readonly database: Database; readonly watcher: Watcher },
  run: RunRow,
  mayAsk: boolean,
): Promise<PullRequestFacts | null> {
  const { standing, answered, retryAt } = await standingOf(database, run)
  // What was asked for now began after this did, whatever a webhook said meanwhile: that wakes the run again.
  const isKnown = standing === 'fresh' || (standing === 'old' && answered && !mayAsk)
  if (isKnown && run.observation !== null) {
    const { headSeenAt } = run
    return {
      kind: 'known',
      observation: run.observation,
      watched: true,
      ...(headSeenAt === null ? {} : { headSince: headSeenAt.getTime() }),
    }
  }
  if (mayAsk && standing !== 'silent') {
    if (standing === 'missing') await askAnew(database.orm, run.id)
    await watcher.look(run.id)
    return null
  }
  const message = run.observationError ?? 'it takes no more requests for a while, or was not asked yet.'
  return { kind: 'unknown', message, retryAt: retryAt + AFTER_THE_WATCH_MS }
}

async function standingOf(
  database: Database,
  { id, prNumber, observationError }: RunRow,
): Promise<{ standing: Standing; answered: boolean; retryAt: number }> {
  const { rows } = await database.orm.execute<{ standing: Standing; answered: boolean; retryAt: number }>(sql`
    select case
        when number is distinct from ${prNumber} then 'missing'
        when failures > 0 and due_at > now() and (${observationError !== null} or observed_at is null
          or observed_at < asked_at) then 'silent'
        when observed_at is null or observed_at < asked_at or failures > 0 and ${observationError !== null} then 'old'
        when observed_at < now() - make_interval(secs => ${OLDEST_S}) and due_at <= now() then 'old'
        else 'fresh'
      end as standing,
      observed_at is not null and failures = 0 as answered,
      (extract(epoch from greatest(due_at, now())) * 1000)::float8 as "retryAt"
    from pull_request_watches where run_id = ${id}`)
  return rows[0] ?? { standing: 'missing', answered: false, retryAt: Date.now() }
}
