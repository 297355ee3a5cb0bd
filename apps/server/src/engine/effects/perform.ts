import { leakWords, mergeFactsOf, mergeRefusal, pullRequestText, SECRET_IN_CHANGES } from '@optio/core'
import { git } from '@optio/git'
import { and, eq, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { checkRuns, repositories } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import { findLeaks } from '../credentials/find-leaks.ts'
import { CLAIM_NOTICE, STOP_NOTICE } from '../notices.ts'
import { repositoryRef } from '../observe.ts'
import { policyOf, type RepositoryRow, type RunRow, readParts } from '../read-run.ts'
import type { EffectResult, EffectRow } from './effect.ts'
import { postReview } from './post-review.ts'

/** Name of the check a local repository has: its `testCommand`. */
const LOCAL_CHECK = 'testCommand'

/** Does what the effect says. Idempotent: the forge finds again what an earlier try did. */
export async function performEffect(
  context: EngineContext,
  effect: EffectRow,
  run: RunRow,
): Promise<EffectResult> {
  const repository = await repositoryOf(context, run)
  const { request } = effect
  switch (request.kind) {
    case 'publish':
      return await publish(context, repository, run, request.headSha)
    case 'open_pull_request':
      return await openPullRequest(context, repository, run, request)
    case 'run_checks':
      return await runChecks(context, repository, run, request)
    case 'merge':
      return await merge(context, repository, run, request)
    case 'post_review':
      return await postReview(context, repository, run, request)
    case 'close_pull_request': {
      await context
        .forge(repository.gitPlatform)
        .close(repositoryRef(context, repository), request.prNumber, 'optio')
      return {
        change: {},
        event: { type: 'task:pr_closed', message: `Closed pull request #${request.prNumber}.` },
        refusal: null,
      }
    }
  }
}

async function repositoryOf(context: EngineContext, run: RunRow): Promise<RepositoryRow> {
  const [repository] = await context.database.orm
    .select()
    .from(repositories)
    .where(eq(repositories.id, run.repositoryId ?? ''))
  if (!repository) throw new Error(`run ${run.id} has no repository`)
  return repository
}

async function publish(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  sha: string,
): Promise<EffectResult> {
  // The last gate, whatever was known when the attempt ended, and to which Optio: what is pushed cannot be taken back.
  const leaks = await findLeaks(context, { runId: run.id, repositoryId: repository.id, headSha: sha })
  if (leaks.length > 0) {
    const refusal = { code: SECRET_IN_CHANGES, message: leakWords(leaks) }
    return { change: {}, event: { type: 'task:publish_refused', message: refusal.message }, refusal }
  }
  const branch = run.branch ?? ''
  const forge = context.forge(repository.gitPlatform)
  const ref = repositoryRef(context, repository)
  let result = await forge.publish(ref, { branch, sha, expected: run.publishedSha })
  if (result.outcome === 'moved' && result.actualSha === null) {
    // Somebody deleted the branch: nothing of theirs is on it.
    result = await forge.publish(ref, { branch, sha, expected: null })
  } else if (result.outcome === 'moved' && (await contains(ref.mirrorDir, sha, result.actualSha))) {
    // Somebody pushed to the branch and the agent built on it: nothing of theirs is lost by going on.
    result = await forge.publish(ref, { branch, sha, expected: result.actualSha })
  }
  if (result.outcome === 'moved') {
    const message = `Somebody else pushed to ${branch} (it is at ${result.actualSha?.slice(0, 10) ?? 'nothing'}), so Optio’s commits were not pushed over it.`
    return {
      change: {},
      event: { type: 'task:branch_moved', message },
      refusal: { code: 'branch_moved', message },
    }
  }
  return {
    change: { publishedSha: sha },
    event: { type: 'task:published', message: `Published ${sha.slice(0, 10)} on ${branch}.` },
    refusal: null,
  }
}

/** Whether `older` is part of the history of `sha`; a commit the mirror does not have is not. */
async function contains(mirrorDir: string, sha: string, older: string | null): Promise<boolean> {
  if (older === null) return false
  const args = ['merge-base', '--is-ancestor', older, sha]
  const { code } = await git(args, { cwd: mirrorDir, gitDir: mirrorDir, okCodes: [0, 1, 128] })
  return code === 0
}

async function openPullRequest(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  request: { headSha: string; draft: boolean },
): Promise<EffectResult> {
  const { title, body } = pullRequestText({
    title: run.title,
    prompt: run.prompt,
    resultSummary: run.resultSummary,
  })
  const opened = await context
    .forge(repository.gitPlatform)
    .openPullRequest(repositoryRef(context, repository), {
      runId: run.id,
      title,
      body,
      headRef: run.branch ?? '',
      headSha: request.headSha,
      baseRef: run.baseRef ?? repository.defaultBranch,
      draft: request.draft,
    })
  return {
    change: { prNumber: opened.number, prUrl: opened.url },
    event: { type: 'task:pr_opened', message: `Opened pull request #${opened.number}.` },
    refusal: null,
  }
}

/** Only for repositories whose checks Optio runs itself; the claim starts them when there is a slot. */
async function runChecks(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  request: { headSha: string; baseSha: string },
): Promise<EffectResult> {
  await context.database.transaction(async (tx) => {
    // A check that broke off said nothing about its commits: it runs again.
    await tx
      .delete(checkRuns)
      .where(
        and(
          eq(checkRuns.runId, run.id),
          eq(checkRuns.status, 'completed'),
          eq(checkRuns.conclusion, 'error'),
        ),
      )
    await tx
      .insert(checkRuns)
      .values({
        id: uuidv7(),
        workspaceId: run.workspaceId,
        runId: run.id,
        repositoryId: repository.id,
        prNumber: run.prNumber ?? 0,
        name: LOCAL_CHECK,
        headSha: request.headSha,
        baseSha: request.baseSha,
      })
      .onConflictDoNothing()
    // A check of a head or a base that has passed is not needed any more.
    await tx
      .delete(checkRuns)
      .where(
        and(
          eq(checkRuns.runId, run.id),
          eq(checkRuns.status, 'queued'),
          sql`(${checkRuns.headSha}, ${checkRuns.baseSha}) <> (${request.headSha}, ${request.baseSha})`,
        ),
      )
    await tx
      .update(checkRuns)
      .set({ stopRequested: true })
      .where(
        and(
          eq(checkRuns.runId, run.id),
          eq(checkRuns.status, 'running'),
          sql`(${checkRuns.headSha}, ${checkRuns.baseSha}) <> (${request.headSha}, ${request.baseSha})`,
        ),
      )
    await context.notify.publish(tx, { k: STOP_NOTICE, runId: run.id })
    await context.notify.publish(tx, { k: CLAIM_NOTICE })
  })
  return { change: {}, event: null, refusal: null }
}

async function merge(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  request: { headSha: string; baseSha: string; method: 'squash' | 'merge' | 'rebase' },
): Promise<EffectResult> {
  const forge = context.forge(repository.gitPlatform)
  const ref = repositoryRef(context, repository)
  // Between the decision and this try somebody may have pushed, requested changes, added a subtask or turned autoMerge off.
  // The parts first: of a review that is over, the forge then shows the verdict.
  const policy = policyOf(repository, context.config.retryBaseMs)
  const facts = mergeFactsOf({ ...(await readParts(context.database.orm, run)), policy })
  const observation = await forge.observe(ref, run.prNumber ?? 0)
  const refusal =
    run.state === 'pr_opened'
      ? mergeRefusal(observation, policy, request, facts)
      : { code: 'not_waiting', message: 'The task does not wait for its pull request any more.' }
  if (observation.state !== 'merged' && refusal) return refused(refusal)
  const result = await forge.merge(ref, {
    number: run.prNumber ?? 0,
    headSha: request.headSha,
    baseSha: request.baseSha,
    method: request.method,
    actor: 'optio',
  })
  if (result.outcome === 'refused') return refused(result)
  return {
    change: {},
    event: {
      type: 'task:merged',
      message: `Merged ${request.headSha.slice(0, 10)} as ${result.mergedSha.slice(0, 10)}.`,
    },
    refusal: null,
  }
}

function refused({ code, message }: { code: string; message: string }): EffectResult {
  return { change: {}, event: { type: 'task:merge_refused', message }, refusal: { code, message } }
}
