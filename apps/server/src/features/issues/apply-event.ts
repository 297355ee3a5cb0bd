import type { Transaction } from '../../database/connection.ts'
import type { RepositoryRow } from '../../database/schema/repositories.ts'
import { deliveredIssue } from './delivered-issue.ts'
import { readAgain } from './sync/progress.ts'
import { forgetIssue, storeIssues, tellOfChanges } from './sync/store.ts'

/** A delivery of a forge that is about issues. */
export interface IssueEvent {
  readonly name: 'issues' | 'issue_comment' | 'label'
  readonly action: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** What takes an issue out of its repository. */
const GONE = ['deleted', 'transferred']

/**
 * Brings the copy up to what a delivery tells; answers in words what it came to. However late, often or out of order deliveries come, the
 * copy ends as the forge has it: an older one changes nothing, and one that cannot be placed has the issues read again. Records an
 * event, so it is the last thing of a transaction that can wait.
 */
export async function applyIssueEvent(
  tx: Transaction,
  repository: RepositoryRow,
  { name, action, payload }: IssueEvent,
): Promise<string> {
  const of = { workspaceId: repository.workspaceId, repositoryId: repository.id }
  if (name === 'label') {
    if (action === 'created') return 'A label without issues.'
    // Issues that have it are others now, and their time of change is not.
    await readAgain(tx, of, { full: 'anew' })
    return 'The issues are read again from the beginning.'
  }
  const issue = deliveredIssue(payload.issue)
  if (issue === 'pull request') return 'It is about a pull request.'
  if (issue === null) {
    await readAgain(tx, of)
    return 'It could not be read; the issues are read again.'
  }
  if (name === 'issues' && GONE.includes(action)) {
    await tellOfChanges(tx, repository, await forgetIssue(tx, repository, issue.number))
    return `Issue #${issue.number} is gone.`
  }
  const { changed, unsure } = await storeIssues(tx, repository, [issue], 'told')
  if (unsure) await readAgain(tx, of)
  await tellOfChanges(tx, repository, changed)
  if (unsure) return `Issue #${issue.number} changed twice in a second; the issues are read again.`
  return changed > 0 ? `Issue #${issue.number} is up to date.` : `Issue #${issue.number} was known already.`
}
