import type { Issue } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import type { Repository } from '../state/repository.ts'
import type { Context } from './context.ts'
import { issueOrPullFields } from './issue-or-pull-fields.ts'

/** An issue that is no pull request. */
export function issueNode(context: Context, repository: Repository, issue: Issue): object {
  return {
    ...issueOrPullFields(context, repository, issue),
    __typename: 'Issue',
    id: nodeId('Issue', issue.id),
    databaseId: issue.id,
    fullDatabaseId: String(issue.id),
    state: issue.state.toUpperCase(),
    stateReason: issue.stateReason?.toUpperCase() ?? null,
  }
}
