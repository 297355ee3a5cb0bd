import type { LocalPullRequest, LocalPullRequestStore, LocalReview } from '@optio/forges'
import { and, asc, eq, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import type { Database, Queries } from '../../database/connection.ts'
import { checkRuns, pullRequestReviews, pullRequests } from '../../database/schema/pull-requests.ts'
import { repositories } from '../../database/schema/repositories.ts'

/** Pull requests of local repositories, kept in Postgres. Their address is the page of the task: nothing else shows them. */
export function localPullRequestStore({
  database,
  baseUrl,
}: {
  readonly database: Database
  /** Address of the pages; known once the server listens. */
  readonly baseUrl: () => string
}): LocalPullRequestStore {
  const { orm } = database
  const view = (row: PullRequestRow): LocalPullRequest =>
    toPullRequest(row, `${baseUrl()}/tasks/${row.runId}`)

  return {
    async openOrFind(repositoryId, pullRequest) {
      return await database.transaction(async (tx) => {
        // The lock of the repository's row makes the numbers gapless and two simultaneous calls find one another.
        const [repository] = await tx
          .select({
            workspaceId: repositories.workspaceId,
            nextNumber: repositories.nextPullRequestNumber,
          })
          .from(repositories)
          .where(eq(repositories.id, repositoryId))
          .for('no key update')
        if (repository === undefined) throw new Error(`There is no repository ${repositoryId}.`)
        const [open] = await tx
          .select()
          .from(pullRequests)
          .where(
            and(
              eq(pullRequests.repositoryId, repositoryId),
              eq(pullRequests.headRef, pullRequest.headRef),
              eq(pullRequests.state, 'open'),
            ),
          )
        if (open !== undefined) return view(open)
        const { workspaceId, nextNumber: number } = repository
        const { runId, title, body, headRef, headSha, baseRef, baseSha, draft } = pullRequest
        const [opened] = await tx
          .insert(pullRequests)
          .values({
            repositoryId,
            workspaceId,
            number,
            runId,
            title,
            body,
            headRef,
            headSha,
            baseRef,
            baseSha,
            draft,
          })
          .returning()
        await tx
          .update(repositories)
          .set({ nextPullRequestNumber: number + 1 })
          .where(eq(repositories.id, repositoryId))
        if (opened === undefined) throw new Error('unreachable: an insert returns its row')
        return view(opened)
      })
    },

    async get(repositoryId, number) {
      const row = await findPullRequest(orm, repositoryId, number)
      return row === null ? null : view(row)
    },

    async update(repositoryId, number, expectedState, change) {
      const { state, headSha, baseSha, mergedSha, mergingSha, closedBy } = change
      const changed = await orm
        .update(pullRequests)
        .set({ state, headSha, baseSha, mergedSha, mergingSha, closedBy, updatedAt: sql`now()` })
        .where(and(isPullRequest(repositoryId, number), eq(pullRequests.state, expectedState)))
        .returning({ number: pullRequests.number })
      return changed.length > 0
    },

    async checks(repositoryId, number, headSha, baseSha) {
      const [repository] = await orm
        .select({ testCommand: repositories.testCommand })
        .from(repositories)
        .where(eq(repositories.id, repositoryId))
      const items = await orm
        .select()
        .from(checkRuns)
        .where(
          and(
            eq(checkRuns.repositoryId, repositoryId),
            eq(checkRuns.prNumber, number),
            eq(checkRuns.headSha, headSha),
            eq(checkRuns.baseSha, baseSha),
          ),
        )
        .orderBy(asc(checkRuns.createdAt), asc(checkRuns.id))
      return {
        required: repository?.testCommand != null,
        items: items.map(({ name, status, conclusion, summary, log }) => ({
          name,
          status,
          conclusion,
          summary,
          url: null,
          log,
        })),
      }
    },

    reviews: (repositoryId, number) => findReviews(orm, repositoryId, number),

    async addReview(repositoryId, number, review) {
      const { id = uuidv7(), author, state, body, headSha, comments } = review
      return await database.transaction(async (tx) => {
        const pullRequest = await findPullRequest(tx, repositoryId, number)
        if (pullRequest === null) throw new Error(`There is no pull request ${number} in ${repositoryId}.`)
        const [added] = await tx
          .insert(pullRequestReviews)
          .values({
            id,
            workspaceId: pullRequest.workspaceId,
            repositoryId,
            prNumber: number,
            author,
            state,
            body,
            headSha,
            comments: [...comments],
          })
          .returning()
        if (added === undefined) throw new Error('unreachable: an insert returns its row')
        return toReview(added)
      })
    },

    /** The remarks on single places that came with reviews; there is no other way to comment yet. */
    async comments(repositoryId, number) {
      const reviews = await findReviews(orm, repositoryId, number)
      return reviews.flatMap(({ id, author, comments, submittedAt }) =>
        comments.map(({ path, line, body }, index) => ({
          id: `${id}:${index + 1}`,
          author,
          body: path === null ? body : `${line === null ? path : `${path}:${line}`}: ${body}`,
          createdAt: submittedAt,
        })),
      )
    },
  }
}

type PullRequestRow = typeof pullRequests.$inferSelect

function isPullRequest(repositoryId: string, number: number) {
  return and(eq(pullRequests.repositoryId, repositoryId), eq(pullRequests.number, number))
}

async function findPullRequest(
  db: Queries,
  repositoryId: string,
  number: number,
): Promise<PullRequestRow | null> {
  const [row] = await db.select().from(pullRequests).where(isPullRequest(repositoryId, number))
  return row ?? null
}

/** In the order in which they were given. */
async function findReviews(db: Queries, repositoryId: string, number: number): Promise<LocalReview[]> {
  const rows = await db
    .select()
    .from(pullRequestReviews)
    .where(and(eq(pullRequestReviews.repositoryId, repositoryId), eq(pullRequestReviews.prNumber, number)))
    .orderBy(asc(pullRequestReviews.submittedAt), asc(pullRequestReviews.id))
  return rows.map(toReview)
}

function toPullRequest(row: PullRequestRow, url: string): LocalPullRequest {
  return {
    number: row.number,
    runId: row.runId,
    url,
    title: row.title,
    body: row.body,
    state: row.state,
    draft: row.draft,
    headRef: row.headRef,
    headSha: row.headSha,
    baseRef: row.baseRef,
    baseSha: row.baseSha,
    mergedSha: row.mergedSha,
    mergingSha: row.mergingSha,
    closedBy: row.closedBy,
  }
}

function toReview(row: typeof pullRequestReviews.$inferSelect): LocalReview {
  return {
    id: row.id,
    author: row.author,
    state: row.state,
    body: row.body,
    headSha: row.headSha,
    comments: row.comments,
    submittedAt: row.submittedAt.getTime(),
  }
}
