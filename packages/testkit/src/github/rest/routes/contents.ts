import { readBlob, readTree, resolvePath, type TreeEntry } from '../../git/tree.ts'
import { type Answer, jsonAnswer } from '../../http/answer.ts'
import { notFound, Refusal } from '../../state/refusal.ts'
import type { Repository } from '../../state/repository.ts'
import type { RestRequest } from '../request.ts'
import { READ, repositoryRoute } from '../route.ts'
import type { Schemas } from '../schemas.ts'
import { repositoryUrl, webUrlOf } from '../views/repositories.ts'

const TYPES = { blob: 'file', tree: 'dir', commit: 'submodule' } as const

/** What every entry has, file or directory. */
function entryView(
  { world }: RestRequest,
  repository: Repository,
  ref: string,
  path: string,
  entry: TreeEntry,
) {
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  const base = repositoryUrl(world, repository)
  const web = webUrlOf(world, repository)
  const self = `${base}/contents/${encoded}?ref=${ref}`
  const isFile = entry.type === 'blob'
  const git = `${base}/git/${isFile ? 'blobs' : 'trees'}/${entry.sha}`
  const html = `${web}/${isFile ? 'blob' : 'tree'}/${ref}/${encoded}`
  return {
    size: entry.size ?? 0,
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    sha: entry.sha,
    url: self,
    git_url: git,
    html_url: html,
    download_url: isFile ? `${web}/raw/${ref}/${encoded}` : null,
    _links: { git, html, self },
  }
}

async function contents(request: RestRequest, repository: Repository): Promise<Answer> {
  const path = request.param('path').replace(/^\/+|\/+$/g, '')
  const ref = request.query.get('ref') ?? repository.defaultBranch
  const revision = repository.branches.get(ref) ?? ref
  if (repository.branches.size === 0) throw new Refusal(404, 'This repository is empty.')
  if (!/^[\w./-]+$/.test(revision) || revision.startsWith('-'))
    throw new Refusal(404, `No commit found for the ref ${ref}`)
  if ((await resolvePath(repository.gitDir, revision, '')) === null) {
    throw new Refusal(404, `No commit found for the ref ${ref}`)
  }
  const entry = path === '' ? null : await entryAt(repository, revision, path)
  if (entry === null || entry.type === 'tree')
    return await directory(request, repository, ref, revision, path)
  return await file(request, repository, ref, path, entry)
}

async function entryAt(repository: Repository, revision: string, path: string): Promise<TreeEntry> {
  const slash = path.lastIndexOf('/')
  const parent = slash < 0 ? `${revision}^{tree}` : `${revision}:${path.slice(0, slash)}`
  const entries = await readTree(repository.gitDir, parent, false)
  const entry = entries?.find((each) => each.path === path.slice(slash + 1))
  if (entry === undefined) throw notFound()
  return entry
}

async function directory(
  request: RestRequest,
  repository: Repository,
  ref: string,
  revision: string,
  path: string,
): Promise<Answer> {
  const entries = await readTree(
    repository.gitDir,
    path === '' ? `${revision}^{tree}` : `${revision}:${path}`,
    false,
  )
  if (entries === null) throw notFound()
  const prefix = path === '' ? '' : `${path}/`
  const listing: Schemas['content-directory'] = entries.map((entry) => ({
    type: entry.mode === '120000' ? ('symlink' as const) : TYPES[entry.type],
    ...entryView(request, repository, ref, `${prefix}${entry.path}`, entry),
  }))
  return jsonAnswer(200, listing)
}

async function file(
  request: RestRequest,
  repository: Repository,
  ref: string,
  path: string,
  entry: TreeEntry,
): Promise<Answer> {
  if (entry.type === 'commit') throw notFound()
  const content = await readBlob(repository.gitDir, entry.sha)
  if (/application\/vnd\.github(\.v3)?\.raw\b/.test(request.accept)) {
    return {
      status: 200,
      headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' },
      body: content,
    }
  }
  // Above 1 MB GitHub leaves the content out, and says so in the encoding.
  const large = content.length > 1024 * 1024
  const shown: Schemas['content-file'] = {
    type: 'file',
    encoding: large ? 'none' : 'base64',
    content: large ? '' : `${content.toString('base64').replace(/(.{60})/g, '$1\n')}`,
    ...entryView(request, repository, ref, path, entry),
  }
  return jsonAnswer(200, shown)
}

export const CONTENT_ROUTES = [
  repositoryRoute('GET', '/contents', READ('contents=read'), contents),
  repositoryRoute('GET', '/contents/*path', READ('contents=read'), contents),
]
