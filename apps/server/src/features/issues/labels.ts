import { OptioError } from '@optio/contract'
import { oneLine } from '@optio/core'
import { NoAnswer } from '@optio/forges'
import { and, eq, sql } from 'drizzle-orm'
import type { FastifyBaseLogger } from 'fastify'
import { issues, repositories } from '../../database/schema/index.ts'
import type { RepositoryRow } from '../../database/schema/repositories.ts'
import { askAgainAt } from './ask-again.ts'
import { type AssignDeps, assignIssue, LABEL } from './assign.ts'
import { addLabelJob } from './sync/jobs.ts'
import { tellOfChanges } from './sync/store.ts'

export interface LabelDeps extends AssignDeps {
  readonly log: Pick<FastifyBaseLogger, 'error'>
}

/** What a label comes to: whoever put it may ask for a task, may not (and why, for people), or that is not known yet. */
type Judgement = { readonly who: string | null } | { readonly refusal: string }

/** `failures`: how often the forge has given no answer about it. */
export interface LabelledIssue {
  readonly repositoryId: string
  readonly number: number
  readonly failures?: number
}

/**
 * Acts on the label of an issue, if that is still to be done. Who put it is asked of the forge, never taken from a delivery. A forge that
 * gives no answer is asked again, ever more rarely, and why is told with the issue, as is what a person has to settle.
 */
export async function actOnLabel(deps: LabelDeps, labelled: LabelledIssue): Promise<void> {
  const found = await findPending(deps, labelled)
  if (found === null) return
  try {
    const judgement = await judge(deps, found, labelled.number)
    if ('refusal' in judgement) return await settle(deps, found, labelled, judgement.refusal)
    const { number } = labelled
    const assigned = await assignIssue(deps, found, { number, labelledBy: judgement.who }, 'optio')
    // Somebody else's task was in the way, and is the answer.
    if (assigned?.isNew === false) await settle(deps, found, labelled, null)
  } catch (error) {
    if (error instanceof OptioError && error.status < 500) {
      return await settle(deps, found, labelled, `No task could be made: ${error.message}`)
    }
    if (!(error instanceof NoAnswer || error instanceof OptioError)) throw error
    await wait(deps, found, labelled, error)
  }
}

async function findPending(
  { database }: LabelDeps,
  { repositoryId, number }: LabelledIssue,
): Promise<RepositoryRow | null> {
  const [row] = await database.orm
    .select({ repository: repositories })
    .from(issues)
    .innerJoin(repositories, eq(repositories.id, issues.repositoryId))
    .where(and(eq(issues.repositoryId, repositoryId), eq(issues.number, number), issues.labelPending))
  return row === undefined || row.repository.disconnectedAt !== null ? null : row.repository
}

async function judge(deps: LabelDeps, repository: RepositoryRow, number: number): Promise<Judgement> {
  const forge = deps.issuesOf(repository)
  if (forge === null) return { refusal: 'The repository has no issues any more.' }
  const ref = deps.refOf(repository)
  const who = await forge.labelledBy(ref, number, LABEL)
  if (repository.requestsFrom === 'anyone') return { who }
  if (who === null) {
    return {
      refusal: `It has the label “${LABEL}”, and nobody can say who put it there. Assign it here if Optio is to work on it.`,
    }
  }
  if (await forge.mayWrite(ref, who)) return { who }
  return {
    refusal: `${oneLine(who, 100)} put the label “${LABEL}” on it, who may not write to the repository. Assign it here if Optio is to work on it.`,
  }
}

/** It is acted on later; until then people see what that waits for. */
async function wait(
  { database }: LabelDeps,
  repository: RepositoryRow,
  { repositoryId, number, failures = 0 }: LabelledIssue,
  error: NoAnswer | OptioError,
): Promise<void> {
  const why = `It has the label “${LABEL}”, and whether Optio may work on it is not known yet: ${error.message}`
  await database.transaction(async (tx) => {
    const told = await tx
      .update(issues)
      .set({ notAssigned: why })
      .where(
        and(
          eq(issues.repositoryId, repositoryId),
          eq(issues.number, number),
          issues.labelPending,
          sql`${issues.notAssigned} is distinct from ${why}`,
        ),
      )
      .returning({ number: issues.number })
    await addLabelJob(
      tx,
      { repositoryId, number },
      { at: askAgainAt(error, failures), failures: failures + 1 },
    )
    await tellOfChanges(tx, repository, told.length)
  })
}

/** Nothing more is to be done about the label; `why` says what a person may want to do. */
async function settle(
  { database }: LabelDeps,
  repository: RepositoryRow,
  { repositoryId, number }: LabelledIssue,
  why: string | null,
): Promise<void> {
  await database.transaction(async (tx) => {
    const settled = await tx
      .update(issues)
      .set({ labelPending: false, notAssigned: why })
      .where(and(eq(issues.repositoryId, repositoryId), eq(issues.number, number), issues.labelPending))
      .returning({ number: issues.number })
    await tellOfChanges(tx, repository, settled.length)
  })
}
