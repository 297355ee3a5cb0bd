import type { PullRequestFacts } from '@optio/core'
import type { NoAnswerReason } from '@optio/forges'
import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import type { Watcher } from '../context.ts'
import type { RunRow } from '../read-run.ts'
import { askAnew } from './rows.ts'

/** Older than this and due, an observation is not relied on: nobody seems to look. */
const OLDEST_S = 10 * 60

/** For so long after Optio's own push or merge, a forge may show what was before; in seconds. */
const MAY_LAG_S = 60

/** A look at what the forge may show late is worth another one after this long, in seconds. */
const LOOK_AGAIN_S = 1

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
  const { standing, silence, dueAt } = await standingOf(database, run)
  // What was asked for now began after this did, whatever a webhook said meanwhile: that wakes the run again.
  const isKnown = standing === 'fresh' || (standing === 'old' && silence === null && !mayAsk)
  if (isKnown && run.observation !== null)
    return { kind: 'known', observation: run.observation, watched: true }
  if (mayAsk && standing !== 'silent') {
    if (standing === 'missing') await askAnew(database.orm, run.id)
    await watcher.look(run.id)
    return null
  }
  return {
    kind: 'unknown',
    message: run.observationError ?? 'no more requests are made for a while.',
    retryAt: dueAt + AFTER_THE_WATCH_MS,
    ...(silence === null ? {} : { why: silence }),
  }
}

/**
 * Right after Optio pushed or merged (which is when `asked_at` was set last), an observation that shows neither is a replica that is
 * behind, however late it was made: it is asked for again, for a while.
 */
async function standingOf(
  database: Database,
  { id, prNumber, publishedSha, observation }: RunRow,
): Promise<{ standing: Standing; silence: NoAnswerReason | null; dueAt: number }> {
  const { rows } = await database.orm.execute<{
    standing: Standing
    silence: NoAnswerReason | null
    dueAt: number
  }>(sql`
    select case
        when number is distinct from ${prNumber} then 'missing'
        when silence is null and asked_at > now() - make_interval(secs => ${MAY_LAG_S})
          and observed_at < now() - make_interval(secs => ${LOOK_AGAIN_S})
          and (${observation?.headSha ?? null}::text <> ${publishedSha}::text
            or ${observation?.state ?? null}::text = 'open' and exists (
              select from effects where run_id = ${id} and kind = 'merge' and state = 'done' and refusal is null)) then 'old'
        when observed_at is not null and (asked_at is null or observed_at >= asked_at)
          and (silence is null or silence = 'limited')
          and (observed_at > now() - make_interval(secs => ${OLDEST_S}) or due_at > now()) then 'fresh'
        when silence is not null and due_at > now() then 'silent'
        else 'old'
      end as standing,
      silence, (extract(epoch from greatest(due_at, now())) * 1000)::float8 as "dueAt"
    from pull_request_watches where run_id = ${id}`)
  return rows[0] ?? { standing: 'missing', silence: null, dueAt: Date.now() }
}
