import { OptioError } from '@optio/contract'
import type { RepositoryRef } from '../../forge.ts'
import type { ForgeIssue } from '../../issues.ts'
import { NoAnswer } from '../../no-answer.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, type Priority, repositoryPath } from '../http/client.ts'
import { pullRequestMissing } from '../missing.ts'
import { refusedBy } from '../refused.ts'
import { type Fields, fields, integer, list, loginOf, text, textOrNull, time } from '../shape.ts'
import { notTold } from './not-told.ts'

/** Throws ISSUE_NOT_FOUND for none, for a pull request, and for one that was moved to another repository. */
export async function readIssue(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
  priority: Priority = 'person',
): Promise<ForgeIssue> {
  const answer = await client.rest<unknown>({
    method: 'GET',
    path: repositoryPath(repository, 'issues', number),
    priority,
    about: aboutOf(repository),
  })
  if (answer.status === 404 || answer.status === 410)
    throw await issueMissing(client, repository, number, priority)
  if (answer.status !== 200) throw notTold(answer, `show issue #${number}`, 'Issues: read')
  const data = fields(answer.data, 'an issue')
  // GitHub redirects to where an issue was moved.
  if (isPullRequest(data) || integer(data, 'number') !== number) throw notFound(repository, number)
  return issueOf(data)
}

/** Closes it as completed; one that is closed stays as it is. */
export async function closeIssue(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
): Promise<void> {
  if ((await readIssue(client, repository, number, 'background')).state === 'closed') return
  const answer = await client.rest<unknown>({
    method: 'PATCH',
    path: repositoryPath(repository, 'issues', number),
    body: { state: 'closed', state_reason: 'completed' },
    idempotent: true,
    priority: 'background',
    about: aboutOf(repository),
  })
  if (answer.status !== 200) throw refusedBy(answer, `close issue #${number}`, 'Issues: write')
}

/** What a 404 means: ISSUE_NOT_FOUND only when the repository itself answers. */
export async function issueMissing(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
  priority: Priority,
): Promise<Error> {
  const error = await pullRequestMissing(client, repository, number, priority)
  return error instanceof NoAnswer ? error : notFound(repository, number)
}

function notFound({ fullName }: RepositoryRef, number: number): OptioError {
  return new OptioError('ISSUE_NOT_FOUND', `${fullName} has no issue #${number}.`)
}

/** GitHub keeps pull requests among the issues. */
export function isPullRequest(issue: Fields): boolean {
  return issue.pull_request !== undefined && issue.pull_request !== null
}

export function issueOf(issue: Fields): ForgeIssue {
  return {
    number: integer(issue, 'number'),
    title: text(issue, 'title'),
    body: textOrNull(issue, 'body') ?? '',
    state: text(issue, 'state') === 'closed' ? 'closed' : 'open',
    url: text(issue, 'html_url'),
    labels: list(issue.labels ?? [], 'labels').flatMap(labelName),
    assignees: list(issue.assignees ?? [], 'assignees').map((person) =>
      text(fields(person, 'a person'), 'login'),
    ),
    author: loginOf(issue, 'user'),
    commentCount: integer(issue, 'comments'),
    createdAt: time(issue, 'created_at'),
    updatedAt: time(issue, 'updated_at'),
  }
}

/** Labels are objects, and were names alone once. */
function labelName(label: unknown): string[] {
  if (typeof label === 'string') return [label]
  const name = textOrNull(fields(label, 'a label'), 'name')
  return name === null ? [] : [name]
}
