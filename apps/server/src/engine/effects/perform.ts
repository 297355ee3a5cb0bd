import { mergeFactsOf, mergeRefusal } from '@optio/core'
import { and, eq, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { checkRuns, repositories } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import { headSeenAt } from '../head-seen.ts'
import { CLAIM_NOTICE, STOP_NOTICE } from '../notices.ts'
import { repositoryRef } from '../observe.ts'
import { asReviewed } from '../own-verdicts.ts'
import { type RepositoryRow, type RunRow, readParts, readThreadsTold } from '../read-run.ts'
import { policyOf } from '../run-policy.ts'
import { performCourtesy } from './courtesy.ts'
import type { EffectResult, EffectRow } from './effect.ts'
import { openPullRequest } from './open-pull-request.ts'
import { postReview } from './post-review.ts'
import { publish } from './publish.ts'

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
    default:
      return await performCourtesy(context, repository, run, request)
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
  const policy = policyOf(repository, context.config)
  const { ownReviews, ...parts } = await readParts(context.database.orm, run)
  const threadsTold = await readThreadsTold(context.database.orm, run.id)
  const observation = asReviewed(forge, await forge.observe(ref, run.prNumber ?? 0), ownReviews)
  const headSince = headSeenAt(run, observation).getTime()
  const facts = mergeFactsOf({ ...parts, policy, now: Date.now(), run: { threadsTold }, headSince })
  const refusal =
    run.state === 'pr_opened'
      ? mergeRefusal(observation, policy, request, facts)
      : { code: 'not_waiting', message: 'The task does not wait for its pull request any more.' }
  if (observation.state !== 'merged' && refusal) return refused(refusal)
  const result = await forge.merge(ref, {
    number: run.prNumber ?? 0,
    headSha: request.headSha,
    // Where checks speak about the head alone, the base may have moved since the merge was decided.
    baseSha: observation.checks.baseSha === null ? observation.baseSha : request.baseSha,
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
