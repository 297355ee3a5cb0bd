import { cutText, OPTIO_LABEL, OptioError, onOneLine } from '@optio/contract'
import { type CourtesyRequest, FINISHED_STATES, issuePrompt } from '@optio/core'
import {
  type ForgeIssue,
  type ForgeIssues,
  type IssueRemark,
  NoAnswer,
  type RepositoryRef,
} from '@optio/forges'
import { and, eq, notInArray } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import type { Database, Queries, Transaction } from '../../database/connection.ts'
import { isUniqueViolation } from '../../database/errors.ts'
import { issues, runs } from '../../database/schema/index.ts'
import type { RepositoryRow } from '../../database/schema/repositories.ts'
import type { EngineCommands, NewRun } from '../../engine/engine.ts'
import { chooseAgent } from '../tasks/new-task.ts'
import type { IssueRow } from './sync/issue-row.ts'
import { forgetIssue, storeIssues, tellOfChanges } from './sync/store.ts'

export interface AssignDeps {
  readonly database: Database
  readonly commands: Pick<EngineCommands, 'createRunIn'>
  /** What its forge has for issues; null where that is nothing. */
  readonly issuesOf: (row: Pick<RepositoryRow, 'gitPlatform'>) => ForgeIssues | null
  readonly refOf: (row: RepositoryRow) => RepositoryRef
  /** Agents this server can run. */
  readonly agentTypes: ReadonlySet<string>
}

export interface Assignment {
  readonly number: number
  /** Left out or null: that of the issue. */
  readonly title?: string | null | undefined
  readonly body?: string | null | undefined
  readonly agentType?: string | null | undefined
  readonly model?: string | null | undefined
  /** Who asked for it with the label, on the forge; left out for a person here. */
  readonly labelledBy?: string | null
}

export interface Assigned {
  readonly runId: string
  /** False for the task that works on it already. */
  readonly isNew: boolean
}

/** How often it is begun anew because of a task that was in the way and then was not. */
const TRIES = 5
const TITLE_CHARACTERS = 300

/**
 * Has a task made of an issue; there is at most one unfinished task of each, whoever asks at the same time and in whatever process. The
 * forge is told (a comment, the label) by effects that are recorded with the task. Without an answer of the forge it is made of what is
 * known; null for a label that has been acted on meanwhile. Throws ISSUE_NOT_FOUND, AGENT_NOT_AVAILABLE, REPO_NOT_CONNECTED, and UNAVAILABLE where nothing is known
 * of the issue and the forge gives no answer.
 */
export async function assignIssue(
  deps: AssignDeps,
  repository: RepositoryRow,
  assignment: Assignment,
  actor: string,
): Promise<Assigned | null> {
  const { orm } = deps.database
  const { number } = assignment
  const before = await unfinishedRun(orm, repository.id, number)
  if (before !== null) return { runId: before, isNew: false }
  const agentType = chooseAgent(assignment.agentType, repository, deps.agentTypes)
  const known = await readIssue(deps, repository, assignment)
  for (let attempt = 1; ; attempt += 1) {
    const { fullName } = deps.refOf(repository)
    const run = newRun({ ...repository, fullName }, known, { ...assignment, agentType })
    try {
      const isMade = await deps.database.transaction((tx) =>
        create(deps, tx, repository, run, known, assignment, actor),
      )
      return isMade ? { runId: run.id, isNew: true } : null
    } catch (error) {
      // The index that holds one unfinished task for an issue.
      if (!isUniqueViolation(error) || attempt === TRIES) throw error
      const other = await unfinishedRun(orm, repository.id, number)
      if (other !== null) return { runId: other, isNew: false }
    }
  }
}

/** What is known of an issue before its task is made. */
interface Known {
  readonly title: string
  readonly body: string
  readonly url: string | null
  readonly author: string | null
  readonly labels: readonly string[]
  readonly remarks: readonly IssueRemark[] | null
  /** As the forge answered just now; null where the copy has it, or nobody does. */
  readonly read: ForgeIssue | null
}

async function readIssue(
  deps: AssignDeps,
  repository: RepositoryRow,
  assignment: Assignment,
): Promise<Known> {
  const { number } = assignment
  const forge = deps.issuesOf(repository)
  if (forge === null) {
    throw new OptioError('ISSUE_NOT_FOUND', `${repository.fullName} has no issues that Optio can read.`)
  }
  const [copy] = await deps.database.orm
    .select()
    .from(issues)
    .where(and(eq(issues.repositoryId, repository.id), eq(issues.number, number)))
  const ref = deps.refOf(repository)
  const given = { title: assignment.title ?? copy?.title, body: assignment.body ?? copy?.body }
  const isEnough = given.title !== undefined && given.body !== undefined
  try {
    const read = copy === undefined ? await forge.get(ref, number) : null
    const remarks = await forge.conversation(ref, number)
    return knownOf(given, read ?? copy ?? null, remarks, read)
  } catch (error) {
    if (error instanceof OptioError) {
      if (error.code === 'ISSUE_NOT_FOUND' && copy !== undefined) await forget(deps, repository, number)
      throw error
    }
    if (isEnough) return knownOf(given, copy ?? null, null, null)
    const words = error instanceof NoAnswer ? error.message : 'an unexpected error, which the log describes'
    throw new OptioError(
      'UNAVAILABLE',
      `The issue is not known yet, and cannot be read now: ${words} Try again shortly, or give its title and body.`,
      { cause: error },
    )
  }
}

function knownOf(
  given: { readonly title: string | undefined; readonly body: string | undefined },
  issue: ForgeIssue | IssueRow | null,
  remarks: readonly IssueRemark[] | null,
  read: ForgeIssue | null,
): Known {
  return {
    title: given.title ?? issue?.title ?? '',
    body: given.body ?? issue?.body ?? '',
    url: issue?.url ?? null,
    author: issue?.author ?? null,
    labels: issue?.labels ?? [],
    remarks,
    read,
  }
}

async function forget({ database }: AssignDeps, repository: RepositoryRow, number: number): Promise<void> {
  await database.transaction(async (tx) =>
    tellOfChanges(tx, repository, await forgetIssue(tx, repository, number)),
  )
}

function newRun(
  repository: RepositoryRow,
  known: Known,
  about: Assignment & { readonly agentType: string },
): NewRun & { readonly id: string } {
  const { number } = about
  const name = `${repository.fullName}#${number}`
  const title = cutText(onOneLine(known.title).trim(), TITLE_CHARACTERS).trim()
  const remarks = known.remarks?.filter(({ isOwn }) => !isOwn) ?? null
  return {
    id: uuidv7(),
    workspaceId: repository.workspaceId,
    title: title === '' ? name : title,
    prompt: issuePrompt({ ...known, number, repository: repository.fullName, remarks }),
    description: about.labelledBy == null ? null : `${about.labelledBy} labelled ${name}.`,
    repositoryId: repository.id,
    baseRef: null,
    agentType: about.agentType,
    model: about.model ?? null,
    priority: 100,
    maxRetries: 3,
    budgetUsd: null,
    metadata: {},
    ticket: { source: 'github', externalId: name, url: known.url },
    dependsOn: [],
    issueNumber: number,
    effects: (runId) => courtesies(runId, about),
  }
}

/** The label is there already when it is what asked for the task. */
function courtesies(runId: string, { number: issueNumber, labelledBy }: Assignment): CourtesyRequest[] {
  const comment = { kind: 'comment_issue', issueNumber, about: 'assigned' } as const
  const label = { kind: 'label_issue', key: `label_issue:${runId}`, issueNumber } as const
  return [
    { ...comment, key: `comment_issue:${runId}:assigned` },
    ...(labelledBy === undefined ? [label] : []),
  ]
}

/** The issue first and the run last, as whoever stores what was read. False when its label has been acted on meanwhile. */
async function create(
  { commands }: AssignDeps,
  tx: Transaction,
  repository: RepositoryRow,
  run: NewRun & { readonly id: string },
  { read }: Known,
  { number, labelledBy }: Assignment,
  actor: string,
): Promise<boolean> {
  if (read !== null) await storeIssues(tx, repository, [read], 'read')
  const itself = and(eq(issues.repositoryId, repository.id), eq(issues.number, number))
  const [copy] = await tx.select().from(issues).where(itself).for('update')
  if (labelledBy !== undefined && !copy?.labelPending) return false
  if (copy !== undefined) {
    const labelExpected = labelledBy === undefined && !copy.hasOptioLabel
    await tx.update(issues).set({ labelPending: false, notAssigned: null, labelExpected }).where(itself)
  }
  await commands.createRunIn(tx, run, actor)
  return true
}

/** The task that works on an issue now; null when none does. */
async function unfinishedRun(db: Queries, repositoryId: string, number: number): Promise<string | null> {
  const [row] = await db
    .select({ id: runs.id })
    .from(runs)
    .where(
      and(
        eq(runs.repositoryId, repositoryId),
        eq(runs.issueNumber, number),
        notInArray(runs.state, [...FINISHED_STATES]),
      ),
    )
  return row?.id ?? null
}

/** The label that hands issues over, as people write it. */
export const LABEL = OPTIO_LABEL.name
