import { and, eq, ne, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { repositories } from '../../database/schema/index.ts'
import type { RepositoryRow } from '../../engine/read-run.ts'
import { appendEvents } from '../events/append.ts'
import type { Digest } from './digest.ts'

/** Follows a repository that has another name, owner or default branch now. Answers in words what it came to. */
export async function followRepository(
  { serverUrl }: { readonly serverUrl: string },
  tx: Transaction,
  repository: RepositoryRow,
  { action, repository: now, others, formerDefaultBranch }: Digest,
): Promise<string> {
  // One that is only named among others is not what is described.
  if (now === null || others.length > 0) return 'Its pull requests are looked at again.'
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
    ...(now.defaultBranch !== null && repository.defaultBranch === formerDefaultBranch
      ? { defaultBranch: now.defaultBranch }
      : {}),
    ...((action === 'privatized' || action === 'publicized') && now.isPrivate !== null
      ? { isPrivate: now.isPrivate }
      : {}),
  }
  if (Object.keys(change).length === 0) {
    return action === 'archived' || action === 'deleted'
      ? `${repository.fullName} is ${action} on GitHub: its tasks cannot be merged there.`
      : 'Its pull requests are looked at again.'
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
