import { editText } from '../../deeds/issues.ts'
import { isPull } from '../../deeds/labels.ts'
import { mergePull, updateBranch } from '../../deeds/merging.ts'
import { closePull } from '../../deeds/pull-state.ts'
import { changeBase, openPull, pullOf, reopenPull, requestReviewers } from '../../deeds/pulls.ts'
import { changesOf, liveBase } from '../../deeds/relations.ts'
import { readCommits } from '../../git/history.ts'
import { emptyAnswer, jsonAnswer } from '../../http/answer.ts'
import type { PullIssue } from '../../state/issue.ts'
import { invalid, notFound, Refusal } from '../../state/refusal.ts'
import type { Repository } from '../../state/repository.ts'
import { listAnswer } from '../page.ts'
import type { RestRequest } from '../request.ts'
import { READ, repositoryRoute, WRITE } from '../route.ts'
import type { Schemas } from '../schemas.ts'
import { commitView } from '../views/commits.ts'
import { fileView, pullFactsOf, pullView, simplePullView } from '../views/pulls.ts'
import { userView } from '../views/users.ts'

const PULLS_READ = READ('pull_requests=read')
const PULLS_WRITE = WRITE('pull_requests=write')

function selected({ query }: RestRequest, repository: Repository): PullIssue[] {
  const state = query.get('state') ?? 'open'
  const head = query.get('head')
  const base = query.get('base')
  const direction = query.get('direction') === 'asc' ? 1 : -1
  const byUpdate = query.get('sort') === 'updated'
  return [...repository.issues.values()]
    .filter(isPull)
    .filter(
      (issue) =>
        (state === 'all' || issue.state === state) &&
        (base === null || issue.pull.baseRef === base) &&
        // As on GitHub: a head without its owner filters nothing.
        (head === null || !head.includes(':') || head === `${repository.owner.login}:${issue.pull.headRef}`),
    )
    .sort(
      (a, b) => direction * ((byUpdate ? a.updatedAt.localeCompare(b.updatedAt) : 0) || a.number - b.number),
    )
}

async function shown({ world, viewer }: RestRequest, repository: Repository, issue: PullIssue) {
  return pullView(world, repository, issue, viewer, await pullFactsOf(world, repository, issue))
}

/** Diffs and patches, as the media types give them. */
function asDiff(accept: string): 'diff' | 'patch' | null {
  const match = /application\/vnd\.github(?:\.v3)?\.(diff|patch)\b/.exec(accept)
  return match === null ? null : (match[1] as 'diff' | 'patch')
}

export const PULL_ROUTES = [
  repositoryRoute('GET', '/pulls', PULLS_READ, (request, repository) =>
    listAnswer(request, selected(request, repository), (issue) =>
      simplePullView(request.world, repository, issue, request.viewer),
    ),
  ),
  repositoryRoute('POST', '/pulls', PULLS_WRITE, async (request, repository) => {
    const body = request.text('body')
    const draft = request.boolean('draft')
    const issue = await openPull(
      request.world,
      repository,
      {
        title: request.requiredText('title', 'PullRequest'),
        head: request.requiredText('head', 'PullRequest'),
        base: request.requiredText('base', 'PullRequest'),
        ...(body === undefined ? {} : { body }),
        ...(draft === undefined ? {} : { draft }),
      },
      request.user,
    )
    const view = await shown(request, repository, issue)
    return jsonAnswer(201, view, { location: view.url })
  }),
  repositoryRoute('GET', '/pulls/:number', PULLS_READ, async (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    const form = asDiff(request.accept)
    if (form === null) {
      return jsonAnswer(200, await shown(request, repository, issue), {
        'last-modified': new Date(issue.updatedAt).toUTCString(),
      })
    }
    const files = await changesOf(repository, liveBase(repository, issue), issue.pull.headSha)
    const text = files
      .map(({ path, previousPath, patch }) => {
        const old = previousPath ?? path
        return `diff --git a/${old} b/${path}\n--- a/${old}\n+++ b/${path}\n${patch ?? ''}\n`
      })
      .join('')
    return {
      status: 200,
      headers: { 'content-type': `application/vnd.github.${form}; charset=utf-8` },
      body: Buffer.from(text),
    }
  }),
  repositoryRoute('PATCH', '/pulls/:number', PULLS_WRITE, async (request, repository) => {
    const { world, user } = request
    const issue = pullOf(repository, request.number('number'))
    const [title, body, base, state] = ['title', 'body', 'base', 'state'].map((name) => request.text(name))
    editText(
      world,
      repository,
      issue,
      { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }) },
      user,
    )
    if (base !== undefined) changeBase(world, repository, issue, base, user)
    if (state === 'closed') closePull(world, repository, issue, user)
    else if (state === 'open') await reopenPull(world, repository, issue, user)
    else if (state !== undefined) throw invalid('PullRequest', 'state', 'invalid')
    return jsonAnswer(200, await shown(request, repository, issue))
  }),
  repositoryRoute('GET', '/pulls/:number/commits', PULLS_READ, async (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    const range = [issue.pull.headSha, `^${liveBase(repository, issue)}`]
    const commits = await readCommits(repository.gitDir, range, { oldestFirst: true, limit: 250 })
    return listAnswer(request, commits, (commit) => commitView(request.world, repository, commit))
  }),
  repositoryRoute('GET', '/pulls/:number/files', PULLS_READ, async (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    const files = await changesOf(repository, liveBase(repository, issue), issue.pull.headSha)
    return listAnswer(request, files, (file) => fileView(request.world, repository, issue.pull.headSha, file))
  }),
  repositoryRoute('GET', '/pulls/:number/merge', PULLS_READ, (request, repository) => {
    if (pullOf(repository, request.number('number')).pull.mergedAt === null) throw notFound()
    return emptyAnswer(204)
  }),
  repositoryRoute('PUT', '/pulls/:number/merge', WRITE('contents=write'), async (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    const [method, sha, title, message] = ['merge_method', 'sha', 'commit_title', 'commit_message'].map(
      (name) => request.text(name),
    )
    const merged = await mergePull(
      request.world,
      repository,
      issue,
      {
        ...(method === undefined ? {} : { method }),
        ...(sha === undefined ? {} : { sha }),
        ...(title === undefined ? {} : { title }),
        ...(message === undefined ? {} : { message }),
      },
      request.user,
    )
    const result: Schemas['pull-request-merge-result'] = {
      sha: merged,
      merged: true,
      message: 'Pull Request successfully merged',
    }
    return jsonAnswer(200, result)
  }),
  repositoryRoute('PUT', '/pulls/:number/update-branch', PULLS_WRITE, async (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    if (issue.state === 'closed') throw new Refusal(422, 'Pull request is closed')
    await updateBranch(request.world, repository, issue, request.text('expected_head_sha'), request.user)
    const url = simplePullView(request.world, repository, issue, request.viewer).url
    return jsonAnswer(202, { message: 'Updating pull request branch.', url })
  }),
  repositoryRoute('GET', '/pulls/:number/requested_reviewers', PULLS_READ, (request, repository) => {
    const { pull } = pullOf(repository, request.number('number'))
    const users = pull.requestedReviewers.map((user) => userView(request.world, user))
    return jsonAnswer(200, { users, teams: [] } satisfies Schemas['pull-request-review-request'])
  }),
  repositoryRoute('POST', '/pulls/:number/requested_reviewers', PULLS_WRITE, (request, repository) => {
    const { world } = request
    const issue = pullOf(repository, request.number('number'))
    requestReviewers(world, repository, issue, request.texts('reviewers') ?? [], request.user)
    return jsonAnswer(201, simplePullView(world, repository, issue, request.viewer))
  }),
]
