import type { Answered, AskedFor, ForgeLimit } from '@optio/forges'
import { inArray, sql } from 'drizzle-orm'
import { repositories } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import { repositoryRef } from '../observe.ts'
import { withoutOwnVerdicts } from '../own-verdicts.ts'
import type { RepositoryRow } from '../read-run.ts'
import { lookWhenDue } from './job.ts'
import { AT_ONCE, QUIET_MS, stretchFor, type Watched } from './pace.ts'
import { type Looked, type Moment, storeAnswers } from './store.ts'

/** Whoever took a row and died held it for so long; more than a look takes. */
const TAKEN_MS = 2 * 60_000

/** Webhooks come as long as one came within this. */
const TOLD_MS = 24 * 3_600_000

export type WatchContext = Pick<EngineContext, 'database' | 'workspaces' | 'forge' | 'log'> & {
  readonly config: Pick<EngineContext['config'], 'watchMs' | 'forgeReserve'>
}

/**
 * Takes up to fifty pull requests that are due, asks for them together and stores what came of it; `more` when there may be more. Nobody
 * else asks for what was taken. `now` is for tests: the time of the database else.
 */
export async function lookAtDue(
  context: WatchContext,
  { now = null }: { now?: number | null } = {},
): Promise<{ readonly looked: number; readonly more: boolean; readonly limits: readonly ForgeLimit[] }> {
  const { at, taken } = await take(context, now)
  const limits = await lookAt(context, at, taken)
  await lookWhenDue(context.database.orm)
  return { looked: taken.length, more: taken.length === AT_ONCE, limits }
}

/**
 * Asks for them, whoever else does, and stores what came of it. `at` is when this began. Answers what is left of the limits of whom it
 * asked.
 */
export async function lookAt(
  context: WatchContext,
  at: Moment,
  taken: readonly Looked[],
): Promise<readonly ForgeLimit[]> {
  if (taken.length === 0) return []
  const { database } = context
  const rows = await database.orm
    .select()
    .from(repositories)
    .where(inArray(repositories.id, [...new Set(taken.map(({ repositoryId }) => repositoryId))]))
  const answers = await ask(context, taken, new Map(rows.map((row) => [row.id, row])))
  const platforms = [...new Set(rows.map(({ gitPlatform }) => gitPlatform))]
  const limits = platforms.flatMap((platform) => context.forge(platform).limits?.() ?? [])
  const { watchMs, forgeReserve } = context.config
  const limited = { watchMs, reserve: forgeReserve, now: at.ms }
  const stretched =
    limits.length === 0
      ? { stretch: 1, fullAt: 0 }
      : stretchFor(limits, await countWatched(context, at), limited)
  await storeAnswers(database, at, answers, { watchMs, ...stretched })
  return limits
}

async function ask(
  context: WatchContext,
  taken: readonly Looked[],
  rows: ReadonlyMap<string, RepositoryRow>,
): Promise<[Looked, Answered][]> {
  const answered: [Looked, Answered][] = []
  const platformOf = ({ repositoryId }: Looked) => rows.get(repositoryId)?.gitPlatform ?? null
  for (const platform of new Set(taken.map(platformOf))) {
    const looked = taken.filter((each) => platformOf(each) === platform)
    const asked = looked.flatMap(({ repositoryId, number, previous }): AskedFor[] => {
      const row = rows.get(repositoryId)
      return row
        ? [
            {
              repository: repositoryRef(context, row),
              number,
              previous: previous && withoutOwnVerdicts(previous),
            },
          ]
        : []
    })
    const answers = await askTogether(context, platform, asked)
    for (const [n, each] of looked.entries()) {
      answered.push([each, answers[n] ?? { error: new Error('the forge forgot an answer') }])
    }
  }
  return answered
}

async function askTogether(
  context: WatchContext,
  platform: RepositoryRow['gitPlatform'] | null,
  asked: readonly AskedFor[],
): Promise<readonly Answered[]> {
  try {
    if (platform === null) throw new Error('its repository is gone')
    const forge = context.forge(platform)
    if (forge.observeMany === undefined) throw new Error(`${platform} is not asked for many at once`)
    return await forge.observeMany(asked)
  } catch (error) {
    context.log.warn({ err: error, asked: asked.length }, 'a forge was asked in vain')
    return asked.map(() => ({ error }))
  }
}

/** As the database has them. */
interface TakenRow extends Record<string, unknown> {
  readonly runId: string
  readonly repositoryId: string
  readonly number: number
  readonly previous: Looked['previous']
  readonly failures: number
  readonly saidToRun: string | null
  readonly changedAt: number
  readonly told: boolean
  readonly at: string
  readonly ms: number
}

interface Taken {
  readonly at: Moment
  readonly taken: readonly Looked[]
}

const epoch = (time: ReturnType<typeof sql>) => sql`(extract(epoch from ${time}) * 1000)::float8`

/** What a look is told of a watch `w`. */
const columns = (at: ReturnType<typeof sql>) => sql`
  w.run_id as "runId", w.repository_id as "repositoryId", w.number, w.failures,
  ${epoch(sql`w.changed_at`)} as "changedAt", ${epoch(at)} as ms,
  to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
  r.observation as previous, r.observation_error as "saidToRun",
  coalesce(p.webhook_seen_at > ${at} - make_interval(secs => ${TOLD_MS / 1000}), false) as told`

async function take({ database, config }: WatchContext, now: number | null): Promise<Taken> {
  const at = now === null ? sql`now()` : sql`${new Date(now).toISOString()}::timestamptz`
  // Those that come due in a moment are taken along: fifty cost as much as one.
  const slack = config.watchMs / 6
  const { rows } = await database.orm.execute<TakenRow>(sql`
    with due as (
      select run_id from pull_request_watches
      where due_at <= ${at} + make_interval(secs => ${slack / 1000})
        and exists (select from pull_request_watches where due_at <= ${at})
      order by due_at limit ${AT_ONCE}
      for update skip locked
    ), taken as (
      update pull_request_watches w set due_at = ${at} + make_interval(secs => ${TAKEN_MS / 1000})
      from due where w.run_id = due.run_id
      returning w.*
    )
    select ${columns(at)} from taken w join runs r on r.id = w.run_id join repositories p on p.id = w.repository_id`)
  return lookedOf(rows)
}

/** The same of some runs, without taking them from anybody. */
export async function readWatched(
  { database }: Pick<WatchContext, 'database'>,
  runIds: readonly string[],
): Promise<Taken> {
  const { rows } = await database.orm.execute<TakenRow>(sql`
    select ${columns(sql`now()`)} from pull_request_watches w
    join runs r on r.id = w.run_id join repositories p on p.id = w.repository_id
    where w.run_id = any(${sql.param([...runIds])}::uuid[])`)
  return lookedOf(rows)
}

function lookedOf(rows: readonly TakenRow[]): Taken {
  const taken = rows.map(({ at: _at, ms: _ms, ...row }) => row)
  return { at: { text: rows[0]?.at ?? '', ms: Math.floor(rows[0]?.ms ?? 0) }, taken }
}

async function countWatched({ database }: WatchContext, at: Moment): Promise<Watched> {
  const { rows } = await database.orm.execute<{ [K in keyof Watched]: number }>(sql`
    select count(*) filter (where busy)::int as busy, count(*) filter (where not busy and not told)::int as quiet,
      count(*) filter (where not busy and told)::int as told
    from (
      select w.changed_at > time - make_interval(secs => ${QUIET_MS / 1000}) as busy,
        coalesce(p.webhook_seen_at > time - make_interval(secs => ${TOLD_MS / 1000}), false) as told
      from (select ${at.text}::timestamptz as time) now, pull_request_watches w
      join repositories p on p.id = w.repository_id
    ) each_one`)
  return rows[0] ?? { busy: 0, quiet: 0, told: 0 }
}
