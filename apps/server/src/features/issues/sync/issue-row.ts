import { OPTIO_LABEL } from '@optio/contract'
import type { ForgeIssue } from '@optio/forges'
import type { issues } from '../../../database/schema/index.ts'
import type { RepositoryRow } from '../../../database/schema/repositories.ts'
import { redact } from '../../../redaction/process-redactor.ts'
import { storableText } from '../../logs/storable.ts'

export type IssueRow = typeof issues.$inferSelect
export type NewIssue = Omit<IssueRow, 'isAssigned' | 'seenAt'>

/** An issue as it was known and as it is now. */
export interface IssueChange {
  readonly before: IssueRow | null
  readonly after: NewIssue
}

/** What Optio has done about an issue. */
export interface Work {
  /** It has, or had, a task. */
  readonly any: boolean
  readonly unfinished: boolean
  /** Optio has put its label there, or is about to. */
  readonly labels: boolean
}

export const NO_WORK: Work = { any: false, unfinished: false, labels: false }

/** An issue as the copy has it from now on, without secrets, wherever it was learnt of. */
export function rowOf(
  repository: RepositoryRow,
  issue: ForgeIssue,
  before: IssueRow | null,
  work: Work,
): NewIssue {
  const hasOptioLabel = issue.labels.some((name) => storableText(name).toLowerCase() === OPTIO_LABEL.name)
  return {
    repositoryId: repository.id,
    number: issue.number,
    workspaceId: repository.workspaceId,
    title: cleanText(issue.title),
    body: cleanText(issue.body),
    state: issue.state,
    url: issue.url,
    labels: issue.labels.map(cleanText),
    assignees: issue.assignees.map(cleanText),
    author: cleanText(issue.author),
    commentCount: issue.commentCount,
    hasOptioLabel,
    ...labelMarks(before, { hasOptioLabel, isOpen: issue.state === 'open' }, work),
    createdAt: new Date(issue.createdAt),
    updatedAt: new Date(issue.updatedAt),
  }
}

function cleanText(text: string): string {
  return redact(storableText(text))
}

type LabelMarks = Pick<IssueRow, 'labelExpected' | 'labelPending' | 'notAssigned'>

/**
 * What the label asks for. It goes by what is, compared with what was known: a label that was not there before asks for a task unless
 * Optio put it there itself or a task is unfinished; one that was there when the issue was first seen, only where there never was a task.
 */
function labelMarks(
  before: IssueRow | null,
  now: { readonly hasOptioLabel: boolean; readonly isOpen: boolean },
  work: Work,
): LabelMarks {
  const expected = (before?.labelExpected ?? false) && work.labels
  const nothing = { labelPending: false, notAssigned: null }
  if (!now.hasOptioLabel) return { labelExpected: expected, ...nothing }
  if (!now.isOpen || expected) return { labelExpected: false, ...nothing }
  if (before?.hasOptioLabel && before.state === 'open') {
    return { labelExpected: false, labelPending: before.labelPending, notAssigned: before.notAssigned }
  }
  const isPutAgain = before !== null && !before.hasOptioLabel
  const isDone = isPutAgain ? work.unfinished : work.any
  return { labelExpected: false, labelPending: !isDone, notAssigned: null }
}

const COMPARED = [
  ...(['title', 'body', 'state', 'url', 'author', 'commentCount'] as const),
  ...(['hasOptioLabel', 'labelExpected', 'labelPending', 'notAssigned'] as const),
]

/** True when nothing would be another one than before. */
export function isSame(before: IssueRow, after: NewIssue): boolean {
  const times = (row: NewIssue) => [row.createdAt.getTime(), row.updatedAt.getTime()]
  const lists = (row: NewIssue) => [row.labels, row.assignees, times(row)]
  return (
    COMPARED.every((name) => before[name] === after[name]) &&
    JSON.stringify(lists(before)) === JSON.stringify(lists(after))
  )
}
