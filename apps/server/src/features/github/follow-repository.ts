import type { GithubRepository } from '@optio/forges'
import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { repositories } from '../../database/schema/index.ts'
import type { RepositoryRow } from '../../engine/read-run.ts'
import { appendEvents } from '../events/append.ts'

/**
 * Follows a repository that has another name, owner or default branch now, as GitHub says when it is asked. Answers in words what it came
 * to; null when nothing did. Records an event.
 *
 * @param asked the repository as it was known when GitHub was asked: where it is another one since, the answer is an old one.
 * @param formerDefaultBranch what the default branch was before. Where people chose another one, theirs stays.
 */
export async function followRepository(
  { serverUrl }: { readonly serverUrl: string },
  tx: Transaction,
  asked: RepositoryRow,
  now: GithubRepository,
  formerDefaultBranch: string | null,
): Promise<string | null> {
  const repository = await lockConnected(tx, asked.id)
  if (repository === null || repository.repoUrl !== asked.repoUrl) return null
  if (repository.forgeId !== null && repository.forgeId !== now.id) {
    return `${repository.fullName} is another repository than the one connected.`
  }
  const repoUrl = `${serverUrl}/${now.fullName}`
  const moved = repository.repoUrl.toLowerCase() !== repoUrl.toLowerCase()
  if (moved && (await isTaken(tx, repository, repoUrl))) {
    return `${repository.fullName} is ${now.fullName} now, which is connected as another repository here. Disconnect one of them.`
  }
  const change = {
    ...(moved ? { repoUrl } : {}),
    // Where people gave them another name or branch, theirs stays.
    ...(moved && repository.repoUrl.toLowerCase().endsWith(`/${repository.fullName.toLowerCase()}`)
      ? { fullName: now.fullName }
      : {}),
    ...(now.defaultBranch !== repository.defaultBranch && repository.defaultBranch === formerDefaultBranch
      ? { defaultBranch: now.defaultBranch }
      : {}),
    ...(now.isPrivate === repository.isPrivate ? {} : { isPrivate: now.isPrivate }),
  }
  if (Object.keys(change).length === 0) {
    return now.isArchived
      ? `${repository.fullName} is archived on GitHub: its tasks cannot be merged there.`
      : null
  }
  await tx
    .update(repositories)
    .set({ ...change, updatedAt: sql`now()` })
    .where(eq(repositories.id, repository.id))
  if (moved)
    await tx.execute(sql`update runs set repo_url = ${repoUrl} where repository_id = ${repository.id}`)
  const message = `GitHub says: ${repository.fullName} is ${now.fullName}, with the default branch ${change.defaultBranch ?? repository.defaultBranch}.`
  await appendEvents(tx, [
    {
      ...{ workspaceId: repository.workspaceId, runId: null, type: 'repo:changed', trigger: 'github' },
      ...{ message, actor: 'github', data: { repoId: repository.id, ...change } },
    },
  ])
  return message
}

async function lockConnected(tx: Transaction, id: string): Promise<RepositoryRow | null> {
  const [row] = await tx
    .select()
    .from(repositories)
    .where(and(eq(repositories.id, id), isNull(repositories.disconnectedAt)))
    .for('update')
  return row ?? null
}

async function isTaken(
  tx: Transaction,
  { id, workspaceId }: RepositoryRow,
  repoUrl: string,
): Promise<boolean> {
  const [other] = await tx
    .select({ id: repositories.id })
    .from(repositories)
    .where(
      and(
        eq(repositories.workspaceId, workspaceId),
        eq(repositories.repoUrl, repoUrl),
        ne(repositories.id, id),
      ),
    )
  return other !== undefined
}
