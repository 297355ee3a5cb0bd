import type { ForgeIssues } from '../../issues.ts'
import type { RepositoryRef } from '../../repository-ref.ts'
import type { GithubClient, Priority } from '../http/client.ts'
import { createRepositoryIdentity, type RepositoryIdentity } from '../identity.ts'
import { changedIssues } from './changed.ts'
import { commentOnIssue, readConversation } from './comments.ts'
import { closeIssue, readIssue } from './issue.ts'
import { labelIssue, labelledBy } from './labels.ts'
import { mayWrite } from './permission.ts'

/** Issues of repositories on GitHub. Nothing is read or said before GitHub says that it has the connected one under the name. */
export function createIssues(
  client: GithubClient,
  identity: RepositoryIdentity = createRepositoryIdentity(client),
): ForgeIssues {
  const held = async <T>(
    repository: RepositoryRef,
    task: () => Promise<T>,
    priority: Priority = 'background',
  ): Promise<T> => {
    await identity.require(repository, priority)
    return await task()
  }
  return {
    async *changed(repository, options) {
      await identity.require(repository, 'background')
      yield* changedIssues(client, repository, options)
    },
    get: (repository, number) => held(repository, () => readIssue(client, repository, number), 'person'),
    conversation: (repository, number) =>
      held(repository, () => readConversation(client, repository, number), 'person'),
    comment: (repository, number, remark) =>
      held(repository, () => commentOnIssue(client, repository, number, remark)),
    label: (repository, number, label) =>
      held(repository, () => labelIssue(client, repository, number, label)),
    close: (repository, number) => held(repository, () => closeIssue(client, repository, number)),
    labelledBy: (repository, number, label) =>
      held(repository, () => labelledBy(client, repository, number, label)),
    mayWrite: (repository, login) => held(repository, () => mayWrite(client, repository, login)),
  }
}
