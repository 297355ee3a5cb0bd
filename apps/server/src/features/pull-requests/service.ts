import { OptioError, type PullRequest, type SubmitReview } from '@optio/contract'
import { judgeMerge, type MergeFacts, obstaclesForPerson } from '@optio/core'
import type { FilePatch, Forge, MergeMethod, RepositoryRef } from '@optio/forges'
import type { Database } from '../../database/connection.ts'
import type { EngineCommands, RunRef } from '../../engine/engine.ts'
import { asReviewed, type OwnReview } from '../../engine/own-verdicts.ts'
import { askForge } from '../forge-call.ts'
import type { RepoService } from '../repos/service.ts'
import { requireRepoRun } from '../tasks/resolve.ts'
import type { TaskService } from '../tasks/service.ts'
import { readMergeFacts } from './merge-facts.ts'
import { toPullRequest, toReview } from './view.ts'

export interface PullRequestDeps {
  readonly database: Database
  readonly tasks: TaskService
  readonly repos: RepoService
  readonly commands: Pick<EngineCommands, 'wake'>
}

export type PullRequestService = ReturnType<typeof createPullRequestService>

interface Located {
  readonly forge: Forge
  readonly repository: RepositoryRef
  readonly number: number
  /** The repository's way to merge. */
  readonly method: MergeMethod
  /** What of the task itself has a say in its merge, as it is now. */
  readonly facts: () => Promise<MergeFacts & { readonly ownReviews: readonly OwnReview[] }>
}

/** What people do with the pull request of a task. Each act wakes the run, which then sees what is true. */
export function createPullRequestService({ database, tasks, repos, commands }: PullRequestDeps) {
  /** Throws TASK_NOT_FOUND, WRONG_TASK_TYPE for what has none of its own, or PULL_REQUEST_NOT_FOUND before there is one. */
  const locate = async (ref: RunRef): Promise<Located> => {
    await requireRepoRun(database.orm, ref)
    const run = await tasks.row(ref)
    const repository = (await repos.byIds(ref.workspaceId, [run.repositoryId ?? ref.runId])).get(
      run.repositoryId ?? '',
    )
    if (run.prNumber === null || repository === undefined) {
      throw new OptioError('PULL_REQUEST_NOT_FOUND', 'This task has no pull request yet.')
    }
    return {
      forge: repos.forgeOf(repository),
      repository: repos.refOf(repository),
      number: run.prNumber,
      method: repository.mergeMethod,
      facts: () => readMergeFacts(database.orm, run, repository),
    }
  }

  const read = async ({ forge, repository, number, facts }: Located): Promise<PullRequest> => {
    const details = await askForge(() => forge.details(repository, number))
    const known = await facts()
    const observation = asReviewed(forge, details.observation, known.ownReviews)
    return toPullRequest({ ...details, observation }, known)
  }

  return {
    async get(ref: RunRef): Promise<PullRequest> {
      return await read(await locate(ref))
    },

    /** The patch of one file. Throws FILE_NOT_FOUND for one the pull request does not change. */
    async file(ref: RunRef, path: string): Promise<FilePatch> {
      const { forge, repository, number } = await locate(ref)
      const file = await askForge(() => forge.filePatch(repository, number, path))
      if (file !== null) return file
      throw new OptioError(
        'FILE_NOT_FOUND',
        `Pull request #${number} changes no file ${JSON.stringify(path.slice(0, 300))}. Take a path from its list of files.`,
      )
    },

    /**
     * A review of the head the pull request has now. Throws PULL_REQUEST_NOT_OPEN, or CONFLICT when the reviewer has seen
     * another head.
     */
    async review(ref: RunRef, given: SubmitReview, author: string, id: string) {
      const { forge, repository, number } = await locate(ref)
      if (forge.verdictsAreOurs && given.state !== 'commented') {
        throw new OptioError(
          'UNSUPPORTED',
          'There Optio can only comment: it would not be your word, but that of the account that opened the pull request. Approve it or request changes on the forge itself.',
        )
      }
      const { state, headSha } = await askForge(() => forge.observe(repository, number))
      if (state !== 'open') throw notOpen(number, state)
      const moved = headMoved(headSha, given.expectedHeadSha)
      if (moved !== null) throw new OptioError('CONFLICT', moved, { details: { headSha } })
      const comments = given.comments.map(({ path, line, body }) => ({
        path: path ?? null,
        line: line ?? null,
        body,
      }))
      const review = await askForge(() =>
        forge.review(repository, number, {
          id,
          author,
          state: given.state,
          body: given.body,
          comments,
          headSha,
        }),
      )
      await commands.wake(ref.runId)
      return toReview(review)
    },

    /** A review that was submitted with this id. Throws NOT_FOUND before, and where the forge itself knows which are the same. */
    async reviewed(ref: RunRef, id: string) {
      const { forge, repository, number } = await locate(ref)
      const review = await askForge(async () => (await forge.findReview?.(repository, number, id)) ?? null)
      if (review !== null) return toReview(review)
      throw new OptioError('NOT_FOUND', 'There is no such review.')
    },

    /**
     * Merges by hand exactly the pair of commits that was judged. Throws MERGE_REFUSED with the reasons; `force` passes those of
     * them that are a matter of policy.
     */
    async merge(
      ref: RunRef,
      options: { method: MergeMethod | null; force: boolean; expectedHeadSha?: string | null },
      actor: string,
    ): Promise<PullRequest> {
      const located = await locate(ref)
      const { forge, repository, number } = located
      const seen = await askForge(() => forge.observe(repository, number))
      if (seen.state !== 'open') throw notOpen(number, seen.state)
      const moved = headMoved(seen.headSha, options.expectedHeadSha)
      if (moved !== null) {
        const obstacles = [{ code: 'head_moved', message: moved }]
        throw new OptioError('MERGE_REFUSED', moved, { details: { obstacles } })
      }
      const facts = await located.facts()
      const verdict = judgeMerge(asReviewed(forge, seen, facts.ownReviews), facts)
      const obstacles = obstaclesForPerson(verdict, { force: options.force })
      if (obstacles.length > 0) {
        const words = obstacles.map(({ message }) => message).join(' ')
        throw new OptioError('MERGE_REFUSED', words, { details: { obstacles } })
      }
      const result = await askForge(() =>
        forge.merge(repository, {
          number,
          headSha: verdict.headSha,
          baseSha: verdict.baseSha,
          method: options.method ?? located.method,
          actor,
        }),
      )
      await commands.wake(ref.runId)
      if (result.outcome === 'refused') {
        const { code, message } = result
        throw new OptioError('MERGE_REFUSED', message, { details: { obstacles: [{ code, message }] } })
      }
      return await read(located)
    },

    /** Closes without merging; closing a closed one changes nothing. Throws PULL_REQUEST_NOT_OPEN when it is merged. */
    async close(ref: RunRef, actor: string): Promise<PullRequest> {
      const located = await locate(ref)
      const { forge, repository, number } = located
      const { state } = await askForge(() => forge.observe(repository, number))
      if (state === 'merged') throw notOpen(number, state)
      await askForge(() => forge.close(repository, number, actor))
      await commands.wake(ref.runId)
      return await read(located)
    },
  }
}

/** Why what was said about one head cannot be done to another, in words; null when it is the same, or none was named. */
function headMoved(headSha: string, expected: string | null | undefined): string | null {
  if (expected == null || expected === headSha) return null
  return `The pull request is at ${headSha.slice(0, 10)} now, and you have seen ${expected.slice(0, 10)}: look at the new commits first.`
}

function notOpen(number: number, state: string): OptioError {
  return new OptioError('PULL_REQUEST_NOT_OPEN', `Pull request #${number} is ${state}.`, {
    details: { state },
  })
}
