import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { issueSyncs, repositories } from '../../database/schema/index.ts'

const columns = {
  repoId: issueSyncs.repositoryId,
  fullName: repositories.fullName,
  syncedAt: issueSyncs.syncedAt,
  error: issueSyncs.error,
}

export type ShownSync = Awaited<ReturnType<typeof findSyncs>>[number]

/** How fresh the copy of each connected repository is, or of one. */
export async function findSyncs(db: Queries, workspaceId: string, repoId?: string | undefined) {
  return await db
    .select(columns)
    .from(issueSyncs)
    .innerJoin(repositories, eq(repositories.id, issueSyncs.repositoryId))
    .where(
      and(
        eq(issueSyncs.workspaceId, workspaceId),
        repoId === undefined ? undefined : eq(issueSyncs.repositoryId, repoId),
        isNull(repositories.disconnectedAt),
      ),
    )
    .orderBy(asc(repositories.fullName), asc(issueSyncs.repositoryId))
}

/** How many of these repositories have not been read, or failed to be, since a time. */
export async function countUnread(
  db: Queries,
  repositoryIds: readonly string[],
  since: Date,
): Promise<number> {
  const { rows } = await db.execute<{ unread: number }>(sql`
    select count(*)::int as unread from issue_syncs
    where repository_id = any(${sql.param([...repositoryIds])}::uuid[])
      and (full_since is not null and error is null or updated_at < ${since.toISOString()}::timestamptz)`)
  return rows[0]?.unread ?? 0
}

/** How many issues of these repositories were in an answer since a time. */
export async function countRead(db: Queries, repositoryIds: readonly string[], since: Date): Promise<number> {
  const { rows } = await db.execute<{ read: number }>(sql`
    select count(*)::int as read from issues
    where repository_id = any(${sql.param([...repositoryIds])}::uuid[])
      and seen_at >= ${since.toISOString()}::timestamptz`)
  return rows[0]?.read ?? 0
}
