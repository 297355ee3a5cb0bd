import { and, eq, getTableColumns, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import { createBatchedLookup } from '../../database/batched.ts'
import type { Database, Queries } from '../../database/connection.ts'
import { plannedOnce } from '../../database/planned-once.ts'
import type { RepositoryRow } from '../../database/schema/repositories.ts'
import { repositories } from '../../database/schema/repositories.ts'
import { afterCursor, newestFirst, type PageRequest, placeColumn } from '../newest-first.ts'

export type { RepositoryRow }
export type RepositoryChange = Partial<
  Omit<typeof repositories.$inferInsert, 'id' | 'workspaceId' | 'repoUrl' | 'nextPullRequestNumber'>
>

const order = { createdAt: repositories.createdAt, id: repositories.id }

/** Null when the workspace has this repository already, connected or not. */
export async function insertRepository(
  db: Queries,
  row: typeof repositories.$inferInsert,
): Promise<RepositoryRow | null> {
  const [inserted] = await db
    .insert(repositories)
    .values(row)
    .onConflictDoNothing({ target: [repositories.workspaceId, repositories.repoUrl] })
    .returning()
  return inserted ?? null
}

/** Connects a disconnected repository again; null when it is not disconnected. */
export async function reviveRepository(
  db: Queries,
  workspaceId: string,
  repoUrl: string,
  change: RepositoryChange,
): Promise<RepositoryRow | null> {
  const [revived] = await db
    .update(repositories)
    .set({ ...change, ...ofTheSame(change), disconnectedAt: null, updatedAt: sql`now()` })
    .where(
      and(
        eq(repositories.workspaceId, workspaceId),
        eq(repositories.repoUrl, repoUrl),
        sql`${repositories.disconnectedAt} is not null`,
      ),
    )
    .returning()
  return revived ?? null
}

/** The webhook was that of the repository that had the address before. */
function ofTheSame({ forgeId }: RepositoryChange) {
  const isOther = sql`forge_id is distinct from ${forgeId ?? null}::bigint and forge_id is not null`
  return {
    webhookId: sql`case when ${isOther} then null else webhook_id end`,
    webhookUrl: sql`case when ${isOther} then null else webhook_url end`,
    webhookSeenAt: sql`case when ${isOther} then null else webhook_seen_at end`,
  }
}

export async function findRepository(
  db: Queries,
  workspaceId: string,
  by: { id: string } | { repoUrl: string } | { anyCase: string },
): Promise<RepositoryRow | null> {
  const [row] = await db
    .select()
    .from(repositories)
    .where(and(eq(repositories.workspaceId, workspaceId), isNamed(by), isNull(repositories.disconnectedAt)))
  return row ?? null
}

function isNamed(by: { id: string } | { repoUrl: string } | { anyCase: string }): SQL {
  if ('id' in by) return eq(repositories.id, by.id)
  if ('repoUrl' in by) return eq(repositories.repoUrl, by.repoUrl)
  return eq(sql`lower(${repositories.repoUrl})`, by.anyCase.toLowerCase())
}

/** Finds the connected repository of an address as it is stored, whatever workspace it is asked for in. */
export function createAddressLookup(
  orm: Database['orm'],
): (workspaceId: string, repoUrl: string) => Promise<RepositoryRow | null> {
  const query = orm
    .select()
    .from(repositories)
    .where(
      and(
        sql`(${repositories.workspaceId}, ${repositories.repoUrl}) in (
          select * from unnest(${sql.placeholder('workspaceIds')}::uuid[], ${sql.placeholder('repoUrls')}::text[]))`,
        isNull(repositories.disconnectedAt),
      ),
    )
    .prepare('repositories_by_address')
  const keyOf = (workspaceId: string, repoUrl: string) => `${workspaceId} ${repoUrl}`
  const lookUp = createBatchedLookup(async (keys) => {
    const workspaceIds = keys.map((key) => key.slice(0, key.indexOf(' ')))
    const repoUrls = keys.map((key) => key.slice(key.indexOf(' ') + 1))
    const rows = await query.execute({ workspaceIds, repoUrls })
    return new Map(rows.map((row) => [keyOf(row.workspaceId, row.repoUrl), row]))
  })
  return (workspaceId, repoUrl) => lookUp(keyOf(workspaceId, repoUrl))
}

/** Also of a disconnected one. */
export async function findRepositoryId(
  db: Queries,
  workspaceId: string,
  repoUrl: string,
): Promise<string | null> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from repositories where workspace_id = ${workspaceId} and repo_url = ${repoUrl} ${plannedOnce}`)
  return rows[0]?.id ?? null
}

/** Also disconnected ones: what is finished still speaks of them. */
export async function findRepositories(
  db: Queries,
  workspaceId: string,
  ids: readonly string[],
): Promise<RepositoryRow[]> {
  if (ids.length === 0) return []
  return await db
    .select()
    .from(repositories)
    .where(and(eq(repositories.workspaceId, workspaceId), inArray(repositories.id, [...ids])))
}

export async function listRepositories(
  db: Queries,
  workspaceId: string,
  page: PageRequest,
): Promise<(RepositoryRow & { place: number })[]> {
  return await db
    .select({ ...getTableColumns(repositories), place: placeColumn(order) })
    .from(repositories)
    .where(
      and(
        eq(repositories.workspaceId, workspaceId),
        isNull(repositories.disconnectedAt),
        afterCursor(order, page.cursor),
      ),
    )
    .orderBy(...newestFirst(order))
    .limit(page.limit + 1)
    .offset(page.offset ?? 0)
}

/** As many as a page of secrets speaks of. */
const MOST_NAMING = 200

/** Connected repositories whose agents are given one of these secrets. */
export async function findNamingSecrets(
  db: Queries,
  workspaceId: string,
  names: readonly string[],
): Promise<Pick<RepositoryRow, 'id' | 'fullName' | 'agentSecrets'>[]> {
  return await db
    .select({
      id: repositories.id,
      fullName: repositories.fullName,
      agentSecrets: repositories.agentSecrets,
    })
    .from(repositories)
    .where(
      and(
        eq(repositories.workspaceId, workspaceId),
        isNull(repositories.disconnectedAt),
        sql`${repositories.agentSecrets} ?| ${sql.param([...names])}::text[]`,
      ),
    )
    .orderBy(repositories.fullName)
    .limit(MOST_NAMING)
}

/** Null when there is no such connected repository. */
export async function updateRepository(
  db: Queries,
  workspaceId: string,
  id: string,
  change: RepositoryChange,
): Promise<RepositoryRow | null> {
  const [updated] = await db
    .update(repositories)
    .set({ ...change, updatedAt: sql`now()` })
    .where(
      and(
        eq(repositories.workspaceId, workspaceId),
        eq(repositories.id, id),
        isNull(repositories.disconnectedAt),
      ),
    )
    .returning()
  return updated ?? null
}
