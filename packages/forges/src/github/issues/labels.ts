import type { RepositoryRef } from '../../forge.ts'
import type { ForgeIssues } from '../../issues.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, repositoryPath } from '../http/client.ts'
import { restPages } from '../http/pages.ts'
import { refusedBy } from '../refused.ts'
import { fields, fieldsOrNull, list, loginOf, text } from '../shape.ts'
import { issueMissing } from './issue.ts'
import { notTold } from './not-told.ts'

const MAX_PAGES = 50

/**
 * Puts a label on an issue. One the repository does not have is made first: GitHub would make it by itself, grey and without a
 * description. Repeating it changes nothing.
 */
export async function labelIssue(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
  label: Parameters<ForgeIssues['label']>[2],
): Promise<void> {
  await makeLabel(client, repository, label)
  const answer = await client.rest<unknown>({
    method: 'POST',
    path: repositoryPath(repository, 'issues', number, 'labels'),
    body: { labels: [label.name] },
    idempotent: true,
    priority: 'background',
    about: aboutOf(repository),
  })
  if (answer.status === 404 || answer.status === 410)
    throw await issueMissing(client, repository, number, 'background')
  if (answer.status !== 200) throw refusedBy(answer, `label issue #${number}`, 'Issues: write')
}

async function makeLabel(
  client: GithubClient,
  repository: RepositoryRef,
  { name, color, description }: Parameters<ForgeIssues['label']>[2],
): Promise<void> {
  const asked = { priority: 'background', about: aboutOf(repository) } as const
  const known = await client.rest<unknown>({
    ...asked,
    method: 'GET',
    path: repositoryPath(repository, 'labels', name),
  })
  if (known.status === 200) return
  if (known.status !== 404) throw notTold(known, `show the label ${name}`, 'Issues: read')
  const made = await client.rest<unknown>({
    ...asked,
    method: 'POST',
    path: repositoryPath(repository, 'labels'),
    body: { name, color, description },
    // A second one of this name is refused.
    idempotent: true,
  })
  if (made.status === 201 || (made.status === 422 && saysExists(made.data))) return
  throw refusedBy(made, `make the label ${name}`, 'Issues: write')
}

/** Somebody made it meanwhile. */
function saysExists(data: unknown): boolean {
  const { errors } = fields(data, 'a refusal')
  return (
    Array.isArray(errors) &&
    errors.some((error) => fieldsOrNull(error, 'an error')?.code === 'already_exists')
  )
}

/** Who put a label on an issue last; null when GitHub does not say. */
export async function labelledBy(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
  label: string,
): Promise<string | null> {
  const request = {
    method: 'GET' as const,
    path: repositoryPath(repository, 'issues', number, 'events'),
    priority: 'background' as const,
    about: aboutOf(repository),
  }
  let last: string | null = null
  for await (const answer of restPages<unknown>(client, request, MAX_PAGES)) {
    if (answer.status === 404 || answer.status === 410) {
      throw await issueMissing(client, repository, number, 'background')
    }
    if (answer.status !== 200) throw notTold(answer, `show who labelled issue #${number}`, 'Issues: read')
    for (const item of list(answer.data, 'events')) {
      const event = fields(item, 'an event')
      const named = fieldsOrNull(event.label, 'a label')
      if (event.event !== 'labeled' || named === null) continue
      if (text(named, 'name').toLowerCase() !== label.toLowerCase()) continue
      last = fieldsOrNull(event.actor, 'a person') === null ? null : loginOf(event, 'actor')
    }
  }
  return last
}
