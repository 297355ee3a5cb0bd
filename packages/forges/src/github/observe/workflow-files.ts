import type { RepositoryRef } from '../../forge.ts'
import { NoAnswer } from '../../no-answer.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, type Priority, repositoryPath } from '../http/client.ts'
import { restPages } from '../http/pages.ts'
import { type Fields, fields, list, text } from '../shape.ts'
import { asksForFiles, parseWorkflow, shouldStart, type Workflow } from '../workflows.ts'
import type { FoundPullRequest } from './found.ts'
import { keep } from './keep.ts'

export interface WorkflowReader {
  /**
   * What the workflows are called that should start on the head of a pull request and have not begun, in words; null when there are none.
   *
   * @param begun the events whose workflows have.
   */
  mustStart(
    repository: RepositoryRef,
    found: FoundPullRequest,
    begun: ReadonlySet<string>,
    priority: Priority,
  ): Promise<string | null>
}

const DIRECTORY = '.github/workflows'
const MAX_FILE_BYTES = 256 * 1024
const MAX_FILES = 100
const MAX_HEADS = 5000
const MAX_CHANGES = 500
const MAX_FILES_KNOWN = 1000
/** GitHub looks at no more for a filter of paths. */
const MAX_CHANGED_PAGES = 3
const ACTIVE_MS = 5 * 60_000

/** Everything about a commit is remembered: it does not change. @param now milliseconds since the epoch. */
export function createWorkflowReader(client: GithubClient, now: () => number): WorkflowReader {
  const heads = new Map<string, readonly Workflow[]>()
  const files = new Map<string, Workflow>()
  const changes = new Map<string, readonly string[] | null>()
  const inactive = new Map<string, { readonly at: number; readonly paths: ReadonlySet<string> }>()

  const ofHead = async (repository: RepositoryRef, sha: string, priority: Priority) => {
    const key = `${repository.workspaceId} ${repository.id} ${sha}`
    const known = heads.get(key)
    if (known !== undefined) return known
    const workflows = await readWorkflows(client, repository, sha, priority, files)
    keep(heads, key, workflows, MAX_HEADS)
    return workflows
  }

  const changedFilesOf = async (repository: RepositoryRef, found: FoundPullRequest, priority: Priority) => {
    const { number, headSha, baseSha } = found
    const key = `${repository.workspaceId} ${repository.id} ${number} ${headSha} ${baseSha}`
    const known = changes.get(key)
    if (known !== undefined) return known
    const names = await readChangedFiles(client, repository, number, priority)
    keep(changes, key, names, MAX_CHANGES)
    return names
  }

  const switchedOff = async (repository: RepositoryRef, priority: Priority) => {
    const key = `${repository.workspaceId} ${repository.id}`
    const known = inactive.get(key)
    if (known !== undefined && now() - known.at < ACTIVE_MS) return known.paths
    const paths = await readInactive(client, repository, priority)
    keep(inactive, key, { at: now(), paths }, MAX_HEADS)
    return paths
  }

  return {
    mustStart: async (repository, found, begun, priority) => {
      const workflows = await ofHead(repository, found.headSha, priority)
      const facts = { ...found, begun, changedFiles: null }
      const mayStart = workflows.filter((workflow) => shouldStart(workflow, facts))
      if (mayStart.length === 0) return null
      const changedFiles = mayStart.some(asksForFiles)
        ? await changedFilesOf(repository, found, priority)
        : null
      const starting = mayStart.filter((workflow) => shouldStart(workflow, { ...facts, changedFiles }))
      if (starting.length === 0) return null
      const off = await switchedOff(repository, priority)
      const names = starting.filter(({ path }) => !off.has(path)).map(({ name }) => name)
      return names.length === 0 ? null : names.join(', ').slice(0, 200)
    },
  }
}

async function readWorkflows(
  client: GithubClient,
  repository: RepositoryRef,
  sha: string,
  priority: Priority,
  files: Map<string, Workflow>,
): Promise<readonly Workflow[]> {
  const asked = { method: 'GET', priority, about: aboutOf(repository) } as const
  const path = repositoryPath(repository, 'contents', ...DIRECTORY.split('/'))
  const directory = await client.rest<unknown>({ ...asked, path, query: { ref: sha } })
  if (directory.status === 404) {
    // There is no such directory only where there is such a commit, and it may be read.
    const commit = await client.rest({ ...asked, path: repositoryPath(repository, 'git', 'trees', sha) })
    if (commit.status !== 200) throw notTold(repository, `status ${commit.status}`)
    return []
  }
  if (directory.status !== 200) throw notTold(repository, `status ${directory.status}`)
  // A file or a link of this name is an object.
  if (!Array.isArray(directory.data)) return []
  return await Promise.all(
    workflowFiles(directory.data).map(async (entry) => {
      const blob = text(entry, 'sha')
      const name = `${DIRECTORY}/${text(entry, 'name')}`
      const known = files.get(`${blob} ${name}`)
      if (known !== undefined) return known
      const file = await client.rest<unknown>({
        ...asked,
        path: repositoryPath(repository, 'git', 'blobs', blob),
      })
      const workflow = parseWorkflow(name, sourceOf(file))
      keep(files, `${blob} ${name}`, workflow, MAX_FILES_KNOWN)
      return workflow
    }),
  )
}

/** Null for what is no text, or too long for a workflow. */
function sourceOf({ status, data }: { status: number; data: unknown }): string | null {
  if (status !== 200) return null
  const { content, encoding, size } = fields(data, 'a file')
  const isText = encoding === 'base64' && typeof content === 'string'
  const isSmall = typeof size === 'number' && size <= MAX_FILE_BYTES
  return isText && isSmall ? Buffer.from(content, 'base64').toString('utf8') : null
}

function workflowFiles(entries: readonly unknown[]): readonly Fields[] {
  return entries
    .map((entry) => fields(entry, 'a file'))
    .filter((entry) => /\.ya?ml$/.test(text(entry, 'name')))
    .slice(0, MAX_FILES)
}

/** Null when it has more than a filter of paths looks at. */
async function readChangedFiles(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
  priority: Priority,
): Promise<readonly string[] | null> {
  const path = repositoryPath(repository, 'pulls', number, 'files')
  const names: string[] = []
  let pages = 0
  const request = { method: 'GET' as const, path, priority, about: aboutOf(repository) }
  for await (const { status, data } of restPages<unknown>(client, request, MAX_CHANGED_PAGES)) {
    if (status !== 200) throw notTold(repository, `status ${status}`)
    const files = list(data, 'changed files').map((file) => fields(file, 'a changed file'))
    names.push(...files.map((file) => text(file, 'filename')))
    pages += 1
  }
  return pages === MAX_CHANGED_PAGES && names.length >= MAX_CHANGED_PAGES * 100 ? null : names
}

/** Paths of workflows that are switched off. A credential that may not read that is told of none. */
async function readInactive(
  client: GithubClient,
  repository: RepositoryRef,
  priority: Priority,
): Promise<ReadonlySet<string>> {
  const { status, data } = await client.rest<unknown>({
    method: 'GET',
    path: repositoryPath(repository, 'actions', 'workflows'),
    query: { per_page: 100 },
    priority,
    about: aboutOf(repository),
  })
  if (status !== 200) return new Set()
  const workflows = list(fields(data, 'workflows').workflows, 'workflows').map((one) =>
    fields(one, 'a workflow'),
  )
  return new Set(workflows.filter(({ state }) => state !== 'active').map((one) => text(one, 'path')))
}

function notTold(repository: RepositoryRef, words: string): NoAnswer {
  return new NoAnswer(
    'failing',
    `GitHub did not tell the workflows of ${repository.fullName}: ${words.slice(0, 200)}`,
  )
}
