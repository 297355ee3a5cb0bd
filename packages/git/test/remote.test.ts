import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import {
  basicAuthorization,
  fetchCommits,
  fetchMirror,
  GitError,
  pushToRemote,
  type Remote,
  readBranches,
  readRemote,
  remoteEnvironment,
  resolveCommit,
} from '@optio/git'
import { plainGit } from '@optio/testkit/repositories'
import { describe, expect, it } from 'vitest'
import { type HttpRemote, httpRemote } from './support/http-remote.ts'
import { sandbox } from './support/sandbox.ts'

const root = sandbox('remote')
const TOKEN = 'ghp_not-to-be-seen-0123456789'
const authorization = basicAuthorization('x-access-token', TOKEN)
const server: HttpRemote = await httpRemote(root, authorization)

interface Place {
  readonly name: string
  readonly bare: string
  readonly remote: Remote
  readonly mirrorDir: string
}

function place(...init: string[]): Place {
  server.answer = () => null
  const name = `${randomUUID()}.git`
  const bare = join(root, name)
  mkdirSync(bare)
  plainGit(bare, 'init', '--quiet', '--bare', '--initial-branch=main', ...init)
  const mirrorDir = join(root, `mirror-${name}`)
  return { name, bare, mirrorDir, remote: { url: server.url(name), authorization, insecure: true } }
}

/** A commit on a branch of a bare repository, made without a working tree. */
function commitTo(bare: string, branch: string, content: string, parent?: string): string {
  const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: bare, input: content })
    .toString()
    .trim()
  const input = `100644 blob ${blob}\tfile\n`
  const tree = execFileSync('git', ['mktree'], { cwd: bare, input }).toString().trim()
  const parents = parent === undefined ? [] : ['-p', parent]
  const sha = plainGit(bare, 'commit-tree', tree, ...parents, '-m', content)
  plainGit(bare, 'update-ref', `refs/heads/${branch}`, sha)
  return sha
}

/** A commit that only the mirror has. */
function propose({ mirrorDir }: Place, parent: string, content: string): string {
  const tree = plainGit(mirrorDir, 'rev-parse', `${parent}^{tree}`)
  const sha = plainGit(mirrorDir, 'commit-tree', tree, '-p', parent, '-m', content)
  plainGit(mirrorDir, 'update-ref', `refs/optio/runs/${content}`, sha)
  return sha
}

async function failure(task: Promise<unknown>): Promise<GitError> {
  const error = await task.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof GitError) return error
  throw new Error(`no GitError: ${String(error)}`)
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true })
    .map((file) => join(directory, String(file)))
    .filter((file) => statSync(file).isFile())
}

describe('a mirror of a remote', () => {
  it('has its branches and tags, follows force-pushes, deletions and a renamed default branch, and keeps what only Optio knows', async () => {
    const p = place()
    const first = commitTo(p.bare, 'main', 'one')
    commitTo(p.bare, 'topic/x', 'two', first)
    plainGit(p.bare, 'tag', 'v1', 'main')
    await fetchMirror(p)
    const own = propose(p, first, 'own')
    const forced = commitTo(p.bare, 'trunk', 'other')
    plainGit(p.bare, 'symbolic-ref', 'HEAD', 'refs/heads/trunk')
    for (const ref of ['refs/heads/main', 'refs/heads/topic/x', 'refs/tags/v1'])
      plainGit(p.bare, 'update-ref', '-d', ref)
    // A branch where a directory of branches was.
    const topic = commitTo(p.bare, 'topic', 'three', forced)
    await fetchMirror(p)
    expect(await readBranches({ gitDir: p.mirrorDir, profile: 'own' })).toEqual(
      new Map([
        ['trunk', forced],
        ['topic', topic],
      ]),
    )
    expect(plainGit(p.mirrorDir, 'for-each-ref', 'refs/tags')).toBe('')
    expect(await resolveCommit(p.mirrorDir, 'refs/optio/runs/own')).toBe(own)
  })

  it('is made in the object format of the remote', async () => {
    const p = place('--object-format=sha256')
    const sha = commitTo(p.bare, 'main', 'one')
    expect(sha).toHaveLength(64)
    await fetchMirror(p)
    expect(await resolveCommit(p.mirrorDir, 'refs/heads/main')).toBe(sha)
  })

  it('is not emptied when the remote shows no branch', async () => {
    const p = place()
    const sha = commitTo(p.bare, 'main', 'one')
    await fetchMirror(p)
    plainGit(p.bare, 'update-ref', '-d', 'refs/heads/main')
    await expect(fetchMirror(p)).rejects.toMatchObject({ code: 'REPO_EMPTY' })
    expect(await resolveCommit(p.mirrorDir, 'refs/heads/main')).toBe(sha)
    const empty = place()
    await expect(fetchMirror(empty)).rejects.toBeInstanceOf(OptioError)
    expect(readdirSync(root).filter((name) => name.includes(`mirror-${empty.name}`))).toEqual([])
  })

  it('asks once for the refs when nothing is new, and fetches nothing', async () => {
    const p = place()
    commitTo(p.bare, 'main', 'one')
    await fetchMirror(p)
    server.asked.length = 0
    await fetchMirror(p)
    expect(server.asked.map(({ path }) => path.replace(/^\/[^/]+/, ''))).toEqual([
      '/info/refs?service=git-upload-pack',
      '/git-upload-pack',
    ])
  })

  it('holds nothing of the credential or the address, which git is given in a variable', async () => {
    const p = place()
    const first = commitTo(p.bare, 'main', 'one')
    await fetchMirror(p)
    await pushToRemote(p.mirrorDir, p.remote, {
      branch: 'optio/a',
      sha: propose(p, first, 'own'),
      expected: null,
    })
    const secrets = [TOKEN, authorization.slice('Basic '.length), p.remote.url]
    for (const file of filesBelow(p.mirrorDir)) {
      const bytes = readFileSync(file).toString('latin1')
      for (const secret of secrets) expect(bytes.includes(secret), file).toBe(false)
    }
    const named = Object.entries(remoteEnvironment(p.remote)).filter(([, value]) =>
      value.includes(authorization),
    )
    expect(named.map(([name]) => name)).toEqual(['GIT_CONFIG_VALUE_5'])
  })

  it('gets single commits that no branch leads to any more', async () => {
    const p = place()
    const first = commitTo(p.bare, 'main', 'one')
    const gone = commitTo(p.bare, 'gone', 'two', first)
    plainGit(p.bare, 'update-ref', '-d', 'refs/heads/gone')
    await fetchMirror(p)
    expect(await resolveCommit(p.mirrorDir, gone)).toBeNull()
    await fetchCommits(p.mirrorDir, p.remote, [gone])
    expect(await resolveCommit(p.mirrorDir, gone)).toBe(gone)
    await failure(fetchCommits(p.mirrorDir, p.remote, ['0123456789'.repeat(4)]))
  })
})

describe('the refs of a remote', () => {
  it('are exactly those that are asked for', async () => {
    const p = place()
    const first = commitTo(p.bare, 'main', 'one')
    commitTo(p.bare, 'refs/heads/main', 'two', first)
    plainGit(p.bare, 'tag', '-a', 'v1', '-m', 'one', 'main')
    const named = await readRemote(p.remote, { names: ['refs/heads/main'] })
    expect(named.refs).toEqual(new Map([['refs/heads/main', first]]))
    const all = await readRemote(p.remote)
    expect(all.head).toBe('main')
    expect([...all.refs.keys()].sort()).toEqual([
      'refs/heads/main',
      'refs/heads/refs/heads/main',
      'refs/tags/v1',
    ])
    expect((await readRemote(p.remote, { names: ['refs/heads/none'] })).refs.size).toBe(0)
  })

  it('are found behind a redirect of a renamed repository', async () => {
    const p = place()
    const first = commitTo(p.bare, 'main', 'one')
    const old = { ...p.remote, url: server.url('old.git') }
    server.answer = ({ path }) =>
      path.startsWith('/old.git/') ? { status: 301, location: path.replace('old.git', p.name) } : null
    expect((await readRemote(old)).refs.get('refs/heads/main')).toBe(first)
    await fetchMirror({ mirrorDir: p.mirrorDir, remote: old })
    expect(await resolveCommit(p.mirrorDir, 'refs/heads/main')).toBe(first)
    const request = { branch: 'optio/a', sha: propose(p, first, 'a'), expected: null }
    expect(await pushToRemote(p.mirrorDir, old, request)).toEqual({ outcome: 'pushed' })
  })

  it('are not asked for elsewhere with the credential, whatever a redirect says', async () => {
    const p = place()
    commitTo(p.bare, 'main', 'one')
    const elsewhere = await httpRemote(root, null)
    server.answer = ({ path }) => ({ status: 302, location: elsewhere.url(path.slice(1)) })
    await readRemote(p.remote).catch(() => undefined)
    await fetchMirror(p).catch(() => undefined)
    expect(elsewhere.asked.filter((asked) => asked.authorization !== null)).toEqual([])
  })

  it('are refused to an address with a credential, another protocol, or a header that is two', async () => {
    for (const url of [
      'https://u:p@host/x.git',
      'ssh://host/x.git',
      'ext::sh',
      '/tmp/x',
      'http://host/x.git',
    ]) {
      await expect(readRemote({ url, authorization: null })).rejects.toMatchObject({ code: 'VALIDATION' })
    }
    const two = { url: 'https://host/x.git', authorization: 'Basic x\r\nX-Other: y' }
    await expect(readRemote(two)).rejects.toMatchObject({ code: 'VALIDATION' })
  })
})

describe('what a remote refuses is told apart', () => {
  it('by its status, its words, and the lack of an answer', async () => {
    const p = place()
    commitTo(p.bare, 'main', 'one')
    const kindAt = async (status: number, body = '') => {
      server.answer = () => ({ status, body })
      return (await failure(readRemote(p.remote))).kind
    }
    expect(await kindAt(403)).toBe('forbidden')
    expect(await kindAt(404)).toBe('not_found')
    expect(await kindAt(429)).toBe('limited')
    expect(await kindAt(502)).toBe('unreachable')
    server.answer = () => null
    const strange = { ...p.remote, authorization: basicAuthorization('x-access-token', 'ghp_other') }
    const refused = await failure(readRemote(strange))
    expect(refused.kind).toBe('unauthenticated')
    expect(`${refused.message}${refused.stderr}`).not.toContain('ghp_')
    expect((await failure(readRemote({ ...p.remote, authorization: null }))).kind).toBe('unauthenticated')
    const nowhere = { ...p.remote, url: 'http://127.0.0.1:1/x.git' }
    expect((await failure(readRemote(nowhere))).kind).toBe('unreachable')
    expect((await failure(fetchMirror({ mirrorDir: p.mirrorDir, remote: nowhere }))).kind).toBe('unreachable')
  })
})

describe('a push to a remote', () => {
  it('moves exactly one branch, and only from where it is expected to be', async () => {
    const p = place()
    const first = commitTo(p.bare, 'main', 'one')
    await fetchMirror(p)
    const [a, b, c] = [propose(p, first, 'a'), propose(p, first, 'b'), propose(p, first, 'c')]
    const push = (sha: string | null, expected: string | null) =>
      pushToRemote(p.mirrorDir, p.remote, { branch: 'optio/a', sha, expected })
    const head = () => plainGit(p.bare, 'for-each-ref', '--format=%(objectname)', 'refs/heads/optio/a')
    expect(await push(a, null)).toEqual({ outcome: 'pushed' })
    expect(await push(b, null)).toEqual({ outcome: 'stale' })
    expect(await push(b, a)).toEqual({ outcome: 'pushed' })
    const person = commitTo(p.bare, 'optio/a', 'mine', b)
    expect(await push(c, b)).toEqual({ outcome: 'stale' })
    expect(await push(null, b)).toEqual({ outcome: 'stale' })
    expect(head()).toBe(person)
    expect(await push(null, person)).toEqual({ outcome: 'pushed' })
    expect(head()).toBe('')
    expect(await push(a, b)).toEqual({ outcome: 'stale' })
    expect(plainGit(p.bare, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  })

  it('that a hook refuses says why, and an answer that is lost is no answer', async () => {
    const p = place()
    const first = commitTo(p.bare, 'main', 'one')
    await fetchMirror(p)
    const sha = propose(p, first, 'a')
    const request = { branch: 'optio/a', sha, expected: null }
    const hook = join(p.bare, 'hooks', 'pre-receive')
    mkdirSync(join(p.bare, 'hooks'), { recursive: true })
    writeFileSync(hook, '#!/bin/sh\necho "error: GH006: Protected branch update failed." >&2\nexit 1\n', {
      mode: 0o755,
    })
    const refused = await pushToRemote(p.mirrorDir, p.remote, request)
    expect(refused).toMatchObject({ outcome: 'refused', said: expect.stringContaining('GH006') })
    writeFileSync(hook, '#!/bin/sh\nexit 0\n')
    server.answer = ({ path }) => (path.endsWith('/git-receive-pack') ? 'drop after' : null)
    expect((await failure(pushToRemote(p.mirrorDir, p.remote, request))).kind).toBe('unreachable')
    expect(plainGit(p.bare, 'rev-parse', 'refs/heads/optio/a')).toBe(sha)
  })

  it('of a commit that the mirror lacks, or to a name that is none, is not begun', async () => {
    const p = place()
    commitTo(p.bare, 'main', 'one')
    await fetchMirror(p)
    server.asked.length = 0
    const push = (branch: string, sha: string) =>
      pushToRemote(p.mirrorDir, p.remote, { branch, sha, expected: null })
    await expect(push('optio/a', '0123456789'.repeat(4))).rejects.toMatchObject({ code: 'GIT' })
    await expect(push('a:refs/heads/main', '0123456789'.repeat(4))).rejects.toMatchObject({
      code: 'VALIDATION',
    })
    expect(server.asked).toEqual([])
  })
})
