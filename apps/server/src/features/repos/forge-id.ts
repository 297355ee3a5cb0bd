import { OptioError } from '@optio/contract'
import type { RepositoryFacts } from '@optio/forges'
import { and, eq, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../../database/connection.ts'
import { repositories } from '../../database/schema/repositories.ts'
import { appendEvents } from '../events/append.ts'
import type { RepositoryChange, RepositoryRow } from './queries.ts'

/**
 * Puts down the number its forge has for a repository that was connected before Optio asked for it. Answers the one that holds: what was
 * put down first stays.
 */
export async function learnForgeId(
  db: Queries,
  { id }: { readonly id: string },
  found: number,
): Promise<number> {
  const [known] = await db.select().from(repositories).where(eq(repositories.id, id))
  if (known === undefined || known.forgeId !== null) return known?.forgeId ?? found
  // Two rows of one repository, connected by two of its names: the other one has it.
  const isFree = sql`not exists (select from repositories o where ${isSame(known, found)} and o.id <> ${id})`
  const [learnt] = await db
    .update(repositories)
    .set({ forgeId: sql`coalesce(${repositories.forgeId}, ${found}::bigint)` })
    .where(and(eq(repositories.id, id), isFree))
    .returning({ forgeId: repositories.forgeId })
  return learnt?.forgeId ?? found
}

function isSame(
  { workspaceId, repoUrl }: Pick<RepositoryRow, 'workspaceId' | 'repoUrl'>,
  forgeId: number,
): SQL {
  return sql`o.workspace_id = ${workspaceId} and o.forge_id = ${forgeId}::bigint and o.disconnected_at is null
    and split_part(o.repo_url, '/', 3) = split_part(${repoUrl}, '/', 3)`
}

/**
 * A repository that is connected by a name it had is connected by the one it has now: its row takes the new address, with all that belongs
 * to it. Null when it is not connected by another name. Throws REPO_ALREADY_CONNECTED where the address is that of another row.
 */
export async function moveConnected(
  tx: Transaction,
  workspaceId: string,
  found: RepositoryFacts,
  change: RepositoryChange,
): Promise<RepositoryRow | null> {
  const { repoUrl, forgeId } = found
  if (forgeId === undefined) return null
  const [known] = await tx
    .select()
    .from(repositories)
    .where(
      and(
        eq(repositories.workspaceId, workspaceId),
        eq(repositories.forgeId, forgeId),
        isNull(repositories.disconnectedAt),
        ne(repositories.repoUrl, repoUrl),
        sql`split_part(repo_url, '/', 3) = split_part(${repoUrl}, '/', 3)`,
      ),
    )
    .for('update')
  if (known === undefined) return null
  const [inTheWay] = await tx
    .select({ id: repositories.id })
    .from(repositories)
    .where(and(eq(repositories.workspaceId, workspaceId), eq(repositories.repoUrl, repoUrl)))
  if (inTheWay !== undefined) {
    throw new OptioError(
      'REPO_ALREADY_CONNECTED',
      `${repoUrl} is connected already, as ${known.repoUrl}; and another repository was connected by the address it has now. Disconnect ${known.repoUrl} first.`,
      { details: { repoId: known.id } },
    )
  }
  const [moved] = await tx
    .update(repositories)
    .set({ ...change, repoUrl, updatedAt: sql`now()` })
    .where(eq(repositories.id, known.id))
    .returning()
  if (moved === undefined) return null
  await tx.execute(sql`update runs set repo_url = ${repoUrl} where repository_id = ${known.id}`)
  const message = `${known.fullName} is ${moved.fullName} now: it was connected again by that address.`
  await appendEvents(tx, [
    {
      ...{ workspaceId, runId: null, type: 'repo:changed', trigger: 'connect', message, actor: 'optio' },
      data: { repoId: known.id, repoUrl },
    },
  ])
  return moved
}
