import { setTimeout as sleep } from 'node:timers/promises'
import type { AssignIssue, ListIssuesQuery, Task } from '@optio/contract'
import { OptioError } from '@optio/contract'
import { sql } from 'drizzle-orm'
import type { Identity } from '../../http/authorize.ts'
import { type Page, pageOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import type { TaskService } from '../tasks/service.ts'
import { type AssignDeps, assignIssue } from './assign.ts'
import { issuePlace, type ListedIssue, listIssuesQuery } from './list-query.ts'
import { readAgain } from './sync/progress.ts'
import { countRead, countUnread, findSyncs, type ShownSync } from './syncs-query.ts'

export interface IssueDeps extends AssignDeps {
  readonly repos: RepoService
  readonly tasks: Pick<TaskService, 'view'>
}

export interface IssueService {
  /** From the copy alone: no forge is asked, however many repositories there are. */
  list(
    identity: Identity,
    query: ListIssuesQuery,
  ): Promise<Page<ListedIssue> & { readonly syncs: readonly ShownSync[] }>
  /** `isNew` false: the task that works on it already. Throws REPO_NOT_FOUND and what `assignIssue` throws. */
  assign(identity: Identity, body: AssignIssue): Promise<{ readonly task: Task; readonly isNew: boolean }>
  /** Has issues read from the beginning and waits for that, for a while; answers how many were read. Throws REPO_NOT_FOUND. */
  sync(identity: Identity, repoId: string | null): Promise<number>
}

/** Whoever asks for a reading waits at most so long; it goes on without them. */
const LONGEST_WAIT_MS = 20_000
const POLL_MS = 150

export function createIssueService(deps: IssueDeps): IssueService {
  const { database, repos, tasks } = deps
  const { orm } = database
  return {
    async list({ workspaceId }, query) {
      const [{ rows }, syncs] = await Promise.all([
        orm.execute<ListedIssue>(listIssuesQuery(workspaceId, query)),
        findSyncs(orm, workspaceId, query.repoId),
      ])
      return { ...pageOf(rows, query, issuePlace), syncs }
    },

    async assign(identity, { repoId, issueNumber: number, ...about }) {
      const repository = await repos.get(identity, repoId)
      const assigned = await assignIssue(deps, repository, { number, ...about }, identity.userId)
      if (assigned === null)
        throw new OptioError('CONFLICT', 'The issue is being changed by others. Try again.')
      const { runId, isNew } = assigned
      return { task: await tasks.view({ workspaceId: identity.workspaceId, runId }), isNew }
    },

    async sync(identity, repoId) {
      if (repoId !== null) await repos.get(identity, repoId)
      const { workspaceId } = identity
      const { asked, ids, begun } = await database.transaction(async (tx) => {
        const { rows } = await tx.execute<{ now: number }>(
          sql`select floor(extract(epoch from now()) * 1000)::bigint as now`,
        )
        const of = { workspaceId, repositoryId: repoId ?? undefined }
        const readings = await readAgain(tx, of, { full: true })
        const asked = new Date(rows[0]?.now ?? Date.now())
        // One that was under way has seen some of them before it was asked for.
        const begun = new Date(Math.min(...readings.map(({ fullSince }) => +(fullSince ?? asked)), +asked))
        return { asked, ids: readings.map(({ id }) => id), begun }
      })
      const until = performance.now() + LONGEST_WAIT_MS
      while (performance.now() < until && (await countUnread(orm, ids, asked)) > 0) await sleep(POLL_MS)
      return await countRead(orm, ids, begun)
    },
  }
}
