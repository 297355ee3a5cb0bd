import type { ListIssuesQuery } from '@optio/contract'
import { type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { decodeCursor } from '../../http/cursor.ts'

/** The place of an issue in the list: assigned or not, when it was opened (microseconds since 1970), its repository, its number. */
const place = z.object({ a: z.boolean(), t: z.int().min(0).max(9e15), r: z.guid(), n: z.int().min(0) })
export type IssuePlace = z.infer<typeof place>

export interface ListedIssue extends Record<string, unknown> {
  readonly repositoryId: string
  readonly number: number
  readonly title: string
  readonly body: string
  readonly state: 'open' | 'closed'
  readonly url: string
  readonly labels: string[]
  readonly assignees: string[]
  readonly isAssigned: boolean
  readonly author: string
  readonly commentCount: number
  readonly hasOptioLabel: boolean
  readonly notAssigned: string | null
  /** Microseconds since 1970. */
  readonly opened: number
  readonly updated: number
  readonly fullName: string
  readonly repoUrl: string
  /** Of the last task that was made of it; null where none was. */
  readonly taskId: string | null
  readonly taskState: string | null
  readonly taskTitle: string | null
}

/** As the indexes of the list have it; without these words Postgres would sort instead of using them. */
const ORDER = sql`is_assigned, created_at desc nulls last, repository_id, number`

/**
 * A page of issues and one more, unassigned ones first, then newest, with the last task of each. Every part of the list (state, assigned
 * or not) is read by an index from where the page begins, so that page 100 costs what the first does. Throws INVALID_CURSOR.
 */
export function listIssuesQuery(workspaceId: string, query: ListIssuesQuery): SQL {
  const { q, limit, offset = 0, cursor } = query
  const after = cursor === undefined ? null : decodeCursor(place, cursor)
  const take = limit + 1
  const scope = { workspaceId, repoId: query.repoId, after, take: take + offset }
  const states = query.state === 'all' ? (['open', 'closed'] as const) : [query.state]
  const words = q?.trim() ?? ''
  const found =
    words === ''
      ? sql.join(
          [false, true].flatMap((assigned) => states.map((state) => part({ ...scope, state, assigned }))),
          sql` union all `,
        )
      : matching(words, { ...scope, states })
  return sql`
    select i.repository_id as "repositoryId", i.number, i.title, i.body, i.state, i.url, i.labels, i.assignees,
      i.is_assigned as "isAssigned", i.author, i.comment_count as "commentCount",
      i.has_optio_label as "hasOptioLabel", i.not_assigned as "notAssigned",
      (extract(epoch from i.created_at) * 1000000)::bigint as opened,
      (extract(epoch from i.updated_at) * 1000000)::bigint as updated,
      r.full_name as "fullName", r.repo_url as "repoUrl",
      t.id as "taskId", t.state as "taskState", t.title as "taskTitle"
    from (select * from (${found}) found order by ${ORDER} limit ${take} offset ${offset}) place
    join issues i on i.repository_id = place.repository_id and i.number = place.number
    join repositories r on r.id = i.repository_id
    left join lateral (
      select id, state, title from runs
      where repository_id = i.repository_id and issue_number = i.number and issue_number is not null
      order by created_at desc nulls last limit 1
    ) t on true
    order by i.is_assigned, i.created_at desc nulls last, i.repository_id, i.number`
}

/** The cursor of what comes after an issue. */
export function issuePlace({ isAssigned, opened, repositoryId, number }: ListedIssue): IssuePlace {
  return { a: isAssigned, t: opened, r: repositoryId, n: number }
}

interface Scope {
  readonly workspaceId: string
  readonly repoId: string | undefined
  readonly after: IssuePlace | null
  readonly take: number
}

const COLUMNS = sql`repository_id, number, is_assigned, created_at`

/** One state, assigned or not: a piece of one index, read in its order. */
function part(scope: Scope & { readonly state: 'open' | 'closed'; readonly assigned: boolean }): SQL {
  const { workspaceId, repoId, after, take, state, assigned } = scope
  const isBefore = after?.a === true && !assigned
  const begins = after === null || after.a !== assigned ? sql`` : sql`and ${startsAfter(after)}`
  return sql`(select ${COLUMNS} from issues
    where ${inScope(workspaceId, repoId)} and state = ${state} and is_assigned = ${assigned} ${begins}
    order by created_at desc nulls last, repository_id, number limit ${isBefore ? 0 : take})`
}

function inScope(workspaceId: string, repoId: string | undefined): SQL {
  const inRepository = repoId === undefined ? sql`` : sql`and repository_id = ${repoId}`
  return sql`workspace_id = ${workspaceId} ${inRepository}`
}

/** Within one part; the first condition is for the index. */
function startsAfter({ t, r, n }: IssuePlace): SQL {
  const moment = sql`(timestamptz 'epoch' + ${t}::bigint * interval '1 microsecond')`
  return sql`created_at <= ${moment} and (created_at < ${moment} or (repository_id, number) > (${r}::uuid, ${n}::int))`
}

/**
 * In whose titles each of the words begins a word, or that have the number. Words find few of many, so all of them are looked up and
 * put in order. The database cuts the words up as it cut up the titles: they are never part of a query.
 */
function matching(
  words: string,
  { workspaceId, repoId, after, take, states }: Scope & { readonly states: readonly ('open' | 'closed')[] },
): SQL {
  const number = /^#?(\d{1,9})$/.exec(words)?.[1]
  const query = sql`(select string_agg('''' || lexeme || ''':*', ' & ')::tsquery from unnest(words_of(${words}, '')))`
  const byNumber =
    number === undefined
      ? sql``
      : sql` union select i.repository_id, i.number from issue_syncs s join issues i on i.repository_id = s.repository_id
          where s.workspace_id = ${workspaceId} and i.number = ${Number(number)}`
  const begins =
    after === null
      ? sql``
      : sql`and (is_assigned > ${after.a} or is_assigned = ${after.a} and ${startsAfter(after)})`
  return sql`select ${COLUMNS} from issues
    where (repository_id, number) in (
        select repository_id, number from issues where words_of(title, '') @@ ${query}${byNumber}
      )
      and ${inScope(workspaceId, repoId)} and state = any(${sql.param([...states])}::text[]) ${begins}
    order by ${ORDER} limit ${take}`
}
