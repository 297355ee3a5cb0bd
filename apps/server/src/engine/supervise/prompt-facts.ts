import { asc, eq, sql } from 'drizzle-orm'
import { runDependencies, runs } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import type { AttemptRow, RepositoryRow, RunRow } from '../read-run.ts'
import type { Supervised } from './supervised.ts'

/** All that the prompt of an attempt is made from. */
export interface PromptFacts {
  readonly run: RunRow
  readonly repository: RepositoryRow | null
  readonly attempt: AttemptRow
  /** What a review reads; null for every other kind of run. */
  readonly review: ReviewSubject | null
  /** The runs this one depends on, in the order in which they were made its dependencies. Words of agents, so data. */
  readonly dependencies: readonly DependencyResult[]
}

/** The task whose pull request is reviewed. Its words are data to the reviewer. */
export interface ReviewSubject {
  readonly headSha: string
  readonly baseSha: string
  readonly prNumber: number | null
  readonly taskTitle: string
  readonly taskPrompt: string
  readonly branch: string | null
  readonly baseRef: string | null
  /** What the agent said it did; null when it said nothing. */
  readonly resultSummary: string | null
}

export interface DependencyResult {
  readonly runId: string
  readonly kind: RunRow['kind']
  readonly title: string
  readonly resultSummary: string | null
  readonly branch: string | null
  /** The commit it was merged as; null for one that ended without a merge. */
  readonly mergedSha: string | null
}

export async function readPromptFacts(
  context: Pick<EngineContext, 'database'>,
  { run, repository, attempt }: Pick<Supervised, 'run' | 'repository' | 'attempt'>,
): Promise<PromptFacts> {
  const dependencies = await context.database.orm
    .select({
      runId: runs.id,
      kind: runs.kind,
      title: runs.title,
      resultSummary: runs.resultSummary,
      branch: runs.branch,
      mergedSha: sql<string | null>`${runs.observation} ->> 'mergedSha'`,
    })
    .from(runDependencies)
    .innerJoin(runs, eq(runs.id, runDependencies.dependsOnId))
    .where(eq(runDependencies.runId, run.id))
    .orderBy(asc(runDependencies.createdAt), asc(runs.id))
  return { run, repository, attempt, review: await readSubject(context, run), dependencies }
}

async function readSubject(
  { database }: Pick<EngineContext, 'database'>,
  run: RunRow,
): Promise<ReviewSubject | null> {
  const { parentRunId, reviewHeadSha, reviewBaseSha, prNumber } = run
  if (run.kind !== 'review' || !parentRunId || !reviewHeadSha || !reviewBaseSha) return null
  const [parent] = await database.orm.select().from(runs).where(eq(runs.id, parentRunId))
  if (!parent) return null
  return {
    headSha: reviewHeadSha,
    baseSha: reviewBaseSha,
    prNumber,
    taskTitle: parent.title,
    taskPrompt: parent.prompt,
    branch: parent.branch,
    baseRef: parent.baseRef,
    resultSummary: parent.resultSummary,
  }
}
