import type { RepositoryRef } from '../../forge.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, type Priority, repositoryPath } from '../http/client.ts'
import { type Fields, fields, list } from '../shape.ts'

/** The runs of GitHub Actions for a commit, at most the last 100; null when the credential may not read them. */
export async function runsOf(
  client: GithubClient,
  repository: RepositoryRef,
  headSha: string,
  priority: Priority,
): Promise<readonly Fields[] | null> {
  const { status, data } = await client.rest<unknown>({
    method: 'GET',
    path: repositoryPath(repository, 'actions', 'runs'),
    query: { head_sha: headSha, per_page: 100 },
    priority,
    about: aboutOf(repository),
  })
  if (status !== 200) return null
  return list(fields(data, 'runs').workflow_runs, 'runs').map((run) => fields(run, 'a run'))
}
