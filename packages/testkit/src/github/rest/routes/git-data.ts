import { isPull } from '../../deeds/labels.ts'
import { deleteBranch } from '../../deeds/pushes.ts'
import { inTurn } from '../../deeds/turn.ts'
import { readBlob, readTree, resolvePath, typeOf } from '../../git/tree.ts'
import { emptyAnswer, jsonAnswer } from '../../http/answer.ts'
import { nodeId } from '../../state/node-id.ts'
import { notFound, Refusal } from '../../state/refusal.ts'
import type { Repository } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import { listAnswer } from '../page.ts'
import { READ, repositoryRoute, WRITE } from '../route.ts'
import type { Schemas } from '../schemas.ts'
import { repositoryUrl } from '../views/repositories.ts'

function refView(world: World, repository: Repository, name: string, sha: string): Schemas['git-ref'] {
  const base = repositoryUrl(world, repository)
  const ref = `refs/${name}`
  return {
    ref,
    node_id: nodeId('Ref', Buffer.from(ref).toString('hex')),
    url: `${base}/git/${ref}`,
    object: { type: 'commit', sha, url: `${base}/git/commits/${sha}` },
  }
}

/** Branches and heads of pull requests, by their names after `refs/`. */
function refsOf(repository: Repository): Map<string, string> {
  return new Map([
    ...[...repository.branches].map(([name, sha]) => [`heads/${name}`, sha] as const),
    ...[...repository.issues.values()]
      .filter(isPull)
      .map(({ number, pull }) => [`pull/${number}/head`, pull.headSha] as const),
  ])
}

const CONTENTS_READ = READ('contents=read')

export const GIT_ROUTES = [
  repositoryRoute('GET', '/git/ref/*ref', CONTENTS_READ, (request, repository) => {
    const name = request.param('ref')
    const sha = refsOf(repository).get(name)
    if (sha === undefined) throw notFound()
    return jsonAnswer(200, refView(request.world, repository, name, sha))
  }),
  repositoryRoute('GET', '/git/matching-refs/*ref', CONTENTS_READ, (request, repository) => {
    const refs = [...refsOf(repository)].filter(([name]) => name.startsWith(request.param('ref')))
    return listAnswer(request, refs, ([name, sha]) => refView(request.world, repository, name, sha))
  }),
  repositoryRoute('DELETE', '/git/refs/*ref', WRITE('contents=write'), async (request, repository) => {
    const [kind, ...rest] = request.param('ref').split('/')
    if (kind !== 'heads') throw new Refusal(422, 'Reference does not exist')
    await inTurn(repository, () => deleteBranch(request.world, repository, rest.join('/'), request.user))
    return emptyAnswer(204)
  }),
  repositoryRoute('GET', '/git/trees/:sha', CONTENTS_READ, async (request, repository) => {
    const name = request.param('sha')
    const treeish = repository.branches.get(name) ?? name
    const sha = /^[\w./-]+$/.test(treeish) ? await resolvePath(repository.gitDir, treeish, '') : null
    const recursive = request.query.has('recursive')
    const entries = sha === null ? null : await readTree(repository.gitDir, sha, recursive)
    if (sha === null || entries === null) throw notFound()
    const base = `${repositoryUrl(request.world, repository)}/git`
    const tree: Schemas['git-tree'] = {
      sha,
      url: `${base}/trees/${sha}`,
      truncated: false,
      tree: entries.map((entry) => ({
        path: entry.path,
        mode: entry.mode,
        type: entry.type,
        sha: entry.sha,
        ...(entry.size === null ? {} : { size: entry.size }),
        url: `${base}/${entry.type === 'tree' ? 'trees' : 'blobs'}/${entry.sha}`,
      })),
    }
    return jsonAnswer(200, tree)
  }),
  repositoryRoute('GET', '/git/blobs/:sha', CONTENTS_READ, async (request, repository) => {
    const sha = request.param('sha')
    if (!/^[0-9a-f]{40}$/.test(sha) || (await typeOf(repository.gitDir, sha)) !== 'blob') throw notFound()
    const content = await readBlob(repository.gitDir, sha)
    if (/application\/vnd\.github(\.v3)?\.raw\b/.test(request.accept)) {
      return {
        status: 200,
        headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' },
        body: content,
      }
    }
    const blob: Schemas['blob'] = {
      content: content.toString('base64').replace(/(.{60})/g, '$1\n'),
      encoding: 'base64',
      url: `${repositoryUrl(request.world, repository)}/git/blobs/${sha}`,
      sha,
      size: content.length,
      node_id: nodeId('Blob', sha),
    }
    return jsonAnswer(200, blob)
  }),
]
