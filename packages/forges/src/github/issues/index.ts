import type { ForgeIssues } from '../../issues.ts'
import type { GithubClient } from '../http/client.ts'
import { changedIssues } from './changed.ts'
import { commentOnIssue, readConversation } from './comments.ts'
import { closeIssue, readIssue } from './issue.ts'
import { labelIssue, labelledBy } from './labels.ts'
import { mayWrite } from './permission.ts'

/** Issues of repositories on GitHub. */
export function createIssues(client: GithubClient): ForgeIssues {
  return {
    changed: (repository, options) => changedIssues(client, repository, options),
    get: (repository, number) => readIssue(client, repository, number),
    conversation: (repository, number) => readConversation(client, repository, number),
    comment: (repository, number, remark) => commentOnIssue(client, repository, number, remark),
    label: (repository, number, label) => labelIssue(client, repository, number, label),
    close: (repository, number) => closeIssue(client, repository, number),
    labelledBy: (repository, number, label) => labelledBy(client, repository, number, label),
    mayWrite: (repository, login) => mayWrite(client, repository, login),
  }
}
