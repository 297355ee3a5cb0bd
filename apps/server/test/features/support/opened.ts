import type { Repo, Task } from '@optio/contract'
import { eq } from 'drizzle-orm'
import { runs } from '../../../src/database/schema/index.ts'
import type { TestRepository } from './git-repository.ts'
import type { TestOptio } from './optio.ts'

export interface Opened {
  readonly repo: Repo
  readonly repository: TestRepository
  readonly task: Task
  readonly params: { id: string }
  readonly headSha: string
  readonly baseSha: string
}

/** A task whose agent is done: its branch is in the repository, and the real forge has a pull request of it. */
export async function openPullRequest(
  optio: TestOptio,
  settings: Record<string, unknown> = {},
  files: Record<string, string> = { 'a.txt': 'a\n' },
): Promise<Opened> {
  const { repo, repository } = await optio.connected(settings)
  const task = await optio.task(repo, { title: 'Add a file' })
  const headRef = task.branch ?? ''
  const baseSha = await repository.git('rev-parse', 'main')
  const headSha = await repository.commit(headRef, files)
  const ref = { ...repo, mirrorDir: optio.context.workspaces.mirrorDir(repo.id) }
  await optio.context.workspaces.refreshMirror(ref)
  const { number, url } = await optio.forge.openPullRequest(ref, {
    runId: task.id,
    title: 'Add a file',
    body: 'The body',
    headRef,
    headSha,
    baseRef: 'main',
    draft: false,
  })
  await optio.database.orm
    .update(runs)
    .set({ state: 'pr_opened', prNumber: number, prUrl: url, headSha, publishedSha: headSha })
    .where(eq(runs.id, task.id))
  return { repo, repository, task, params: { id: task.id }, headSha, baseSha }
}
