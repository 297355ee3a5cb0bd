import { isPull } from '../../deeds/labels.ts'
import { changesOf, distanceOf } from '../../deeds/relations.ts'
import { changedFiles } from '../../git/changes.ts'
import { mergeBaseOf, readCommit, readCommits } from '../../git/history.ts'
import { jsonAnswer } from '../../http/answer.ts'
import { notFound } from '../../state/refusal.ts'
import type { Repository } from '../../state/repository.ts'
import { linkHeader, listAnswer, windowOf } from '../page.ts'
import { resolveRevision } from '../revision.ts'
import { READ, repositoryRoute } from '../route.ts'
import type { Schemas } from '../schemas.ts'
import { commitView } from '../views/commits.ts'
import { fileView, simplePullView } from '../views/pulls.ts'
import { repositoryUrl, webUrlOf } from '../views/repositories.ts'

const CONTENTS_READ = READ('contents=read')

async function commitOf(repository: Repository, name: string) {
  const commit = await readCommit(repository.gitDir, await resolveRevision(repository, name))
  if (commit === null) throw notFound()
  return commit
}

export const COMMIT_ROUTES = [
  repositoryRoute('GET', '/commits', CONTENTS_READ, async (request, repository) => {
    const { page, perPage } = windowOf(request)
    const start = await resolveRevision(repository, request.query.get('sha') ?? repository.defaultBranch)
    const path = request.query.get('path')
    const paths = path === null ? [] : [path]
    const commits = await readCommits(repository.gitDir, [start], {
      limit: perPage + 1,
      skip: (page - 1) * perPage,
      paths,
    })
    const shown = commits.slice(0, perPage).map((commit) => commitView(request.world, repository, commit))
    const known = (page - 1) * perPage + commits.length
    return jsonAnswer(200, shown, linkHeader(request, known))
  }),
  repositoryRoute('GET', '/commits/:ref', CONTENTS_READ, async (request, repository) => {
    const commit = await commitOf(repository, request.param('ref'))
    const changed = await changedFiles(repository.gitDir, commit.parents[0] ?? null, commit.sha)
    const files = changed.map((file) => fileView(request.world, repository, commit.sha, file))
    const additions = changed.reduce((sum, file) => sum + file.additions, 0)
    const deletions = changed.reduce((sum, file) => sum + file.deletions, 0)
    const stats = { additions, deletions, total: additions + deletions }
    return jsonAnswer(200, {
      ...commitView(request.world, repository, commit),
      stats,
      files,
    } satisfies Schemas['commit'])
  }),
  repositoryRoute('GET', '/commits/:ref/pulls', READ('pull_requests=read'), async (request, repository) => {
    const sha = await resolveRevision(repository, request.param('ref'))
    const pulls = [...repository.issues.values()]
      .filter(isPull)
      .filter(({ pull }) => pull.headSha === sha || pull.mergedSha === sha)
    return listAnswer(request, pulls, (issue) =>
      simplePullView(request.world, repository, issue, request.viewer),
    )
  }),
  repositoryRoute('GET', '/compare/*basehead', CONTENTS_READ, async (request, repository) => {
    const { world } = request
    const [baseName = '', headName = ''] = request.param('basehead').split('...')
    const [base, head] = await Promise.all([commitOf(repository, baseName), commitOf(repository, headName)])
    const mergeBase = await mergeBaseOf(repository.gitDir, base.sha, head.sha)
    if (mergeBase === null) throw notFound()
    const { ahead, behind } = await distanceOf(repository, base.sha, head.sha)
    const commits = await readCommits(repository.gitDir, [head.sha, `^${base.sha}`], {
      oldestFirst: true,
      limit: 250,
    })
    const changed = await changesOf(repository, base.sha, head.sha)
    const merge = await commitOf(repository, mergeBase)
    const web = `${webUrlOf(world, repository)}/compare/${baseName}...${headName}`
    const comparison: Schemas['commit-comparison'] = {
      url: `${repositoryUrl(world, repository)}/compare/${baseName}...${headName}`,
      html_url: web,
      permalink_url: web,
      diff_url: `${web}.diff`,
      patch_url: `${web}.patch`,
      base_commit: commitView(world, repository, base),
      merge_base_commit: commitView(world, repository, merge),
      status: statusOf(ahead, behind),
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: commits.map((commit) => commitView(world, repository, commit)),
      files: changed.map((file) => fileView(world, repository, head.sha, file)),
    }
    return jsonAnswer(200, comparison)
  }),
]

function statusOf(ahead: number, behind: number): Schemas['commit-comparison']['status'] {
  if (ahead > 0) return behind > 0 ? 'diverged' : 'ahead'
  return behind > 0 ? 'behind' : 'identical'
}
