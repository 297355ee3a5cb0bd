import { and, type SQL, sql } from 'drizzle-orm'
import { plannedOnce } from '../../database/planned-once.ts'
import type { Given } from '../newest-first.ts'

/**
 * The newest tasks looked at one by one before the index of words is asked. A frequent word fills its page from them, and with the
 * index all its tasks would be found and sorted for one page; of a rare word the index finds all at once.
 */
const FIRST = sql.raw('500')

/** So many times as many are looked at where the first had enough of what is wanted for the page to be filled from them. */
const FURTHER = sql.raw('10')

/**
 * Up to so many that the index of words finds are looked up one by one, in microseconds each; for more, all tasks are read in the order
 * of the list and compared with them, which takes as long for one as for all.
 */
const ONE_BY_ONE = 2000

/** Newest first, as the index `runs_newest` is. */
const NEWEST = sql`order by created_at desc nulls last, id desc nulls last`

export interface WordSearch {
  readonly words: Given<string>
  /** Among which they are looked for: a condition that an index answers in the order of the list. */
  readonly scope: SQL | undefined
  /** Where the page begins; undefined for the newest. */
  readonly after: SQL | undefined
  /** What else they must be; columns are those of `runs`. */
  readonly conditions: readonly (SQL | undefined)[]
  /** So many of the newest that match are enough. */
  readonly enough: Given<number>
  /**
   * The same as `scope`, `after` and `conditions` in columns of `run_words`, where that says all of them: then the newest are read there, with
   * their words, and not each looked up.
   */
  readonly amongWords: SQL | undefined
}

/**
 * Ids and times of creation of the newest tasks in whose title or prompt (its first 20,000 characters) each of the words begins a word, in any order; case
 * and punctuation do not count. Words of which nothing but punctuation is left are in no task. The words are only ever data: the
 * database cuts them up as it cut up the texts, and what comes out has no character in it that a query would read as its own.
 * Which way is taken is fixed here and not left to estimates, which know nothing of words that stand together or never do.
 */
export function tasksWithWords(search: WordSearch): SQL {
  const { words, scope, after, conditions, enough, amongWords } = search
  const fits = and(...conditions) ?? sql`true`
  const mine = and(scope, after)
  /** Some in the order of the list. */
  const inOrder = amongWords
    ? sql`select run_id as id, created_at, words from run_words where ${amongWords}
        order by created_at desc nulls last, run_id desc nulls last`
    : sql`select id, created_at, coalesce(${fits}, false) as fits from runs where ${mine} ${NEWEST}`
  /** Those that match among some in the order of the list. */
  const lookedAt = (from: SQL, many: SQL) =>
    amongWords
      ? sql`
    (select id, created_at from (${inOrder} limit ${many} offset ${from}) newest
    where words @@ (select query from wanted)
    ${NEWEST} limit ${enough})`
      : sql`
    (select id, created_at from (
      ${inOrder} limit ${many} offset ${from}
    ) newest
    cross join lateral (select words from run_words where run_id = newest.id offset 0) w
    where fits and w.words @@ (select query from wanted)
    ${NEWEST} limit ${enough})`
  return sql`
    ${amongWords ? plannedOnce : sql``}
    with wanted as materialized (
      select string_agg('''' || lexeme || ''':*', ' & ')::tsquery as query from unnest(words_of(${words}, ''))
    ), near as materialized (
      ${lookedAt(sql`0`, FIRST)}
    ), looked_at as materialized (
      select ${FIRST} * case when found < ${enough} and found * ${FURTHER} >= ${enough} then ${FURTHER} else 1 end as rows
      from (select count(*)::int as found from near) counted
    ), nearer as materialized (
      select * from near
      union all
      ${lookedAt(FIRST, sql`(select rows - ${FIRST} from looked_at)`)}
    ), edge as materialized (
      select created_at, id from (${inOrder} limit 1 offset (select rows - 1 from looked_at)) last
      where (select count(*) from nearer) < ${enough}
    ), found as materialized (
      select run_id from run_words where words @@ (select query from wanted) and exists (select from edge)
      limit ${ONE_BY_ONE + 1}
    ), few as (
      select r.id, r.created_at
      from (select run_id from found where (select count(*) from found) <= ${ONE_BY_ONE}) w
      cross join lateral (
        select runs.id, runs.created_at from runs
        where runs.id = w.run_id and ${mine} and ${fits} and (runs.created_at, runs.id) < (select created_at, id from edge)
        offset 0
      ) r
    ), many as (
      select runs.id, runs.created_at
      from (select run_id from run_words where words @@ (select query from wanted) offset 0) w
      join runs on runs.id = w.run_id
      where (select count(*) from found) > ${ONE_BY_ONE}
        and ${mine} and ${fits} and (runs.created_at, runs.id) < (select created_at, id from edge)
      offset 0
    ), far as (
      select id, created_at from (select * from few union all select * from many) older
      ${NEWEST} limit ${enough}
    )
    select id, created_at from nearer union all select id, created_at from far`
}
