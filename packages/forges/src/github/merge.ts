import type { MergeRequest, MergeResult, RepositoryRef } from '../forge.ts'
import { NoAnswer } from '../no-answer.ts'
import { aboutOf } from './about.ts'
import type { GithubContext } from './context.ts'
import { type RestAnswer, repositoryPath } from './http/client.ts'
import { type Pull, readPull } from './pull.ts'
import { refusedBy, wordsOf } from './refused.ts'
import { fields, text } from './shape.ts'

/**
 * Merges exactly that head onto exactly that base. GitHub is told the head and refuses another; it cannot be told the base, which is
 * looked at right before. After every answer that is not a clear yes the pull request is asked again: a merge of this very head is
 * one, whoever's request it was.
 */
export async function mergePullRequest(
  context: GithubContext,
  repository: RepositoryRef,
  request: MergeRequest,
): Promise<MergeResult> {
  const { number, headSha, method } = request
  const before = await readPull(context.client, repository, number, 'person')
  const settled = settledAs(before, request)
  if (settled !== null) return settled
  if (before.draft) return refused('blocked', 'It is a draft. Mark it as ready for review first.')
  const baseSha = await tipOf(context, repository, before.baseRef)
  if (baseSha === null) return refused('blocked', `The branch ${before.baseRef} does not exist any more.`)
  if (baseSha !== request.baseSha) {
    return refused('base_moved', `${before.baseRef} is at ${baseSha.slice(0, 10)} by now.`)
  }
  let answer: RestAnswer<unknown>
  try {
    answer = await context.client.rest<unknown>({
      method: 'PUT',
      path: repositoryPath(repository, 'pulls', number, 'merge'),
      body: { sha: headSha, merge_method: method },
      // What was carried out is found out by asking, not by merging again.
      idempotent: false,
      priority: 'person',
      about: aboutOf(repository),
    })
  } catch (error) {
    const mayBeDone =
      error instanceof NoAnswer && (error.reason === 'unreachable' || error.reason === 'failing')
    if (!mayBeDone) throw error
    const after = await readPull(context.client, repository, number, 'person').catch(() => null)
    if (after?.state === 'merged') return settledAs(after, request) ?? notOpen(after)
    throw error
  }
  if (answer.status === 200) {
    return { outcome: 'merged', mergedSha: text(fields(answer.data, 'a merge'), 'sha') }
  }
  const after = await readPull(context.client, repository, number, 'person')
  return settledAs(after, request) ?? understood(answer, after)
}

/** How it stands when there is nothing to merge any more, or another head. */
function settledAs(pull: Pull, { headSha }: MergeRequest): MergeResult | null {
  if (pull.state === 'merged' && pull.headSha === headSha && pull.mergedSha !== null) {
    return { outcome: 'merged', mergedSha: pull.mergedSha }
  }
  if (pull.state !== 'open') return notOpen(pull)
  if (pull.headSha === headSha) return null
  return refused('head_moved', `Its head is ${pull.headSha.slice(0, 10)} by now.`)
}

function notOpen({ number, state, headSha }: Pull): MergeResult {
  const at = state === 'merged' ? ` at ${headSha.slice(0, 10)}` : ''
  return refused('not_open', `Pull request #${number} is ${state}${at}.`)
}

/** A refusal of the pull request as it is: 405, 409 and 422 say why in words only. */
function understood(answer: RestAnswer<unknown>, pull: Pull): MergeResult {
  const said = wordsOf(answer.data)
  if (/head branch was modified/i.test(said)) return refused('head_moved', said)
  if (/base branch was modified/i.test(said)) return refused('base_moved', said)
  if (/merge already in progress/i.test(said)) {
    throw new NoAnswer('failing', `GitHub is merging pull request #${pull.number} already.`)
  }
  if (pull.mergeable === false || /merge conflict/i.test(said)) {
    return refused('conflict', `GitHub finds conflicts: “${said}”.`)
  }
  const isRule = answer.status === 405 || answer.status === 409 || answer.status === 422
  // 403 is a rule as well when it names one; without one it is the credential.
  if (isRule || (answer.status === 403 && /protected|rule|required|queue|review/i.test(said))) {
    return refused('blocked', said === '' ? `GitHub does not merge it (${answer.status}).` : said)
  }
  throw refusedBy(answer, `merge pull request #${pull.number}`, 'Contents: write')
}

function refused(code: Extract<MergeResult, { outcome: 'refused' }>['code'], message: string): MergeResult {
  return { outcome: 'refused', code, message }
}

/** The commit a branch is at, as the API sees it: what it merges onto. */
async function tipOf(
  { client }: GithubContext,
  repository: RepositoryRef,
  branch: string,
): Promise<string | null> {
  const answer = await client.rest<unknown>({
    method: 'GET',
    // The slashes of a branch are slashes of this path.
    path: `${repositoryPath(repository, 'git', 'ref', 'heads')}/${branch.split('/').map(encodeURIComponent).join('/')}`,
    priority: 'person',
    about: aboutOf(repository),
  })
  if (answer.status === 404) return null
  if (answer.status !== 200) throw refusedBy(answer, `show the branch ${branch}`, 'Contents: read')
  return text(fields(fields(answer.data, 'a branch').object, 'its commit'), 'sha')
}
