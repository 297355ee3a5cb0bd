import { parseUsd, pullRequestText } from '@optio/core'
import type { RepositoryRef } from '@optio/forges'
import { eq, sql } from 'drizzle-orm'
import { attempts } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import { repositoryRef } from '../observe.ts'
import type { RepositoryRow, RunRow } from '../read-run.ts'
import { taskUrl } from '../task-url.ts'
import type { EffectResult } from './effect.ts'

/** Opens the pull request of a run, or finds the open one of its branch. */
export async function openPullRequest(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  request: { readonly headSha: string; readonly draft: boolean },
): Promise<EffectResult> {
  const forge = context.forge(repository.gitPlatform)
  const ref = repositoryRef(context, repository)
  const { title, body } = await textOf(context, repository, run, ref)
  const opened = await forge.openPullRequest(ref, {
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

async function textOf(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  ref: RepositoryRef,
): Promise<{ title: string; body: string }> {
  const [work] = await context.database.orm
    .select({
      attempts: sql<number>`count(*)::int`,
      costUsd: sql<string>`coalesce(sum(${attempts.costUsd}), 0)::text`,
      estimated: sql<boolean>`coalesce(bool_or(${attempts.costEstimated}), false)`,
      modelUsed: sql<string | null>`(array_agg(${attempts.modelUsed} order by ${attempts.number} desc)
        filter (where ${attempts.modelUsed} is not null))[1]`,
    })
    .from(attempts)
    .where(eq(attempts.runId, run.id))
  const template = (await context.forge(repository.gitPlatform).pullRequestTemplate?.(ref)) ?? null
  const text = pullRequestText({
    title: run.title,
    prompt: run.prompt,
    resultSummary: run.resultSummary,
    issue:
      run.issueNumber === null ? null : { number: run.issueNumber, closes: repository.closeIssueOnMerge },
    agent: { type: run.agentType, model: work?.modelUsed ?? run.model ?? repository.model },
    attempts: work?.attempts ?? 0,
    cost: { usd: parseUsd(work?.costUsd ?? '0') ?? 0n, estimated: work?.estimated ?? false },
    testCommand: repository.testCommand,
    taskUrl: taskUrl(context, run.id),
    template,
  })
  const { redact } = context.agentAccess
  return { title: redact(text.title), body: redact(text.body) }
}
