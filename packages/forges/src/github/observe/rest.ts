import type { AskedFor } from '../../forge.ts'
import type { GithubClient, Priority } from '../http/client.ts'
import type { RepositoryIdentity } from '../identity.ts'
import { pullRequestMissing } from '../missing.ts'
import { commitId, fields, fieldsOrNull, flag, integer, list, loginOf, text, textOrNull } from '../shape.ts'
import type { Found } from './ask.ts'
import type { FoundPullRequest } from './found.ts'
import { type RestAsking, refused, restAsking } from './rest-asking.ts'
import { restChecks } from './rest-checks.ts'
import { restReviews, restThreads } from './rest-reviews.ts'

/** A pull request by REST, for servers without GraphQL. Resolved threads cannot be told from others there. */
export async function askByRest(
  client: GithubClient,
  asked: AskedFor,
  priority: Priority,
  identity: RepositoryIdentity,
): Promise<Found> {
  try {
    return { found: await readByRest(client, asked, priority, identity) }
  } catch (error) {
    return { error }
  }
}

async function readByRest(
  client: GithubClient,
  asked: AskedFor,
  priority: Priority,
  identity: RepositoryIdentity,
): Promise<FoundPullRequest> {
  const { repository, number } = asked
  const asking = restAsking(client, asked, priority)
  const { status, data } = await asking.get('pulls', number)
  if (status === 404) {
    throw await pullRequestMissing(client, repository, number, priority)
  }
  if (status !== 200) throw refused(repository.fullName, number, status)
  const pr = fields(data, 'a pull request')
  const head = fields(pr.head, 'its head')
  const base = fields(pr.base, 'its base')
  const place = fields(base.repo, 'its repository')
  await identity.hold(repository, integer(place, 'id'), priority)
  const headSha = commitId(head, 'sha')
  const baseRef = text(base, 'ref')
  const isMerged = pr.merged === true || typeof pr.merged_at === 'string'
  const isOpen = !isMerged && text(pr, 'state') === 'open'
  const [baseSha, checks, reviews, threads] = await Promise.all([
    isOpen ? headOf(asking, baseRef) : null,
    restChecks(asking, headSha),
    restReviews(asking, number),
    isOpen ? restThreads(asking, number) : [],
  ])
  const mergeState = textOrNull(pr, 'mergeable_state') ?? 'unknown'
  return {
    number: integer(pr, 'number'),
    url: text(pr, 'html_url'),
    state: isMerged ? 'merged' : isOpen ? 'open' : 'closed',
    draft: pr.draft === true,
    headRef: text(head, 'ref'),
    headSha,
    headMessage: '',
    baseRef,
    baseSha: baseSha ?? commitId(base, 'sha'),
    mergeable: pr.mergeable === null || pr.mergeable === undefined ? null : flag(pr, 'mergeable'),
    mergeState: mergeState === 'blocked' || mergeState === 'behind' ? mergeState : 'other',
    reviewDecision: null,
    mergedSha: isMerged ? textOrNull(pr, 'merge_commit_sha') : null,
    mergedBy: isMerged && fieldsOrNull(pr.merged_by, 'a person') !== null ? loginOf(pr, 'merged_by') : null,
    updatedAt: text(pr, 'updated_at'),
    labels: list(pr.labels ?? [], 'labels').map((label) => text(fields(label, 'a label'), 'name')),
    isArchived: place.archived === true,
    checks,
    reviews,
    threads,
  }
}

/** Where a branch is; null when it is gone. */
async function headOf(asking: RestAsking, branch: string): Promise<string | null> {
  const { status, data } = await asking.get('branches', branch)
  return status === 200 ? commitId(fields(fields(data, 'a branch').commit, 'a commit'), 'sha') : null
}
