import { execFileSync } from 'node:child_process'
import { AGENT_IDENTITY } from '@optio/git'
import { createLocalWorkspaces } from '@optio/runtimes'
import { commit, plainGit } from '@optio/testkit/repositories'
import { expect, test } from 'vitest'
import { sandbox, world } from './workspace-support/repositories.ts'

const ROBOT = { name: 'Robot', email: 'robot@example.org' }

/** Commits as an agent does: by the clone's own identity. */
function agentCommit(clone: string, message: string, at = '@1700000000 +0100'): string {
  execFileSync('git', ['commit', '--quiet', '--allow-empty', '-m', message], {
    cwd: clone,
    env: { PATH: process.env.PATH, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at, HOME: '/nonexistent' },
  })
  return plainGit(clone, 'rev-parse', 'HEAD')
}

const show = (mirror: string, sha: string, format: string) =>
  plainGit(mirror, 'show', '--no-patch', `--format=${format}`, sha)

/** Runs a command that is made for a clone, as the isolation does. */
function inClone([program = '', ...args]: readonly string[]): void {
  execFileSync(program, args, { env: { PATH: process.env.PATH, HOME: '/nonexistent' }, stdio: 'pipe' })
}

test('the agent is named in its new commits and nothing else of them changes; again the same comes of it', async () => {
  const w = await world(sandbox())
  const run = await w.run()
  const first = agentCommit(run.clone, 'One')
  const second = agentCommit(run.clone, 'Two\n\nWhy.\n\nFixes: #3')
  const request = { ...run.request, coAuthor: ROBOT }
  const proposal = await w.workspaces.collectProposal(request)
  const head = proposal.headSha ?? ''
  expect(proposal).toMatchObject({ collectedSha: second, commitsAhead: 2 })
  expect(head).not.toBe(second)
  expect(show(w.mirror, head, '%B')).toBe(
    'Two\n\nWhy.\n\nFixes: #3\nCo-authored-by: Robot <robot@example.org>',
  )
  expect(show(w.mirror, `${head}~`, '%B')).toBe('One\n\nCo-authored-by: Robot <robot@example.org>')
  const kept = '%T %an %ae %ai %cn %ce %ci'
  expect(show(w.mirror, head, kept)).toBe(show(run.clone, second, kept))
  expect(show(w.mirror, `${head}~`, kept)).toBe(show(run.clone, first, kept))
  expect(await w.workspaces.collectProposal(request)).toEqual(proposal)
})

test('the clone follows, with its files as they are, and holds nothing that is only there', async () => {
  const w = await world(sandbox())
  const run = await w.run()
  const from = agentCommit(run.clone, 'One')
  plainGit(run.clone, 'branch', 'backup')
  plainGit(run.clone, 'config', 'core.editor', 'false')
  const { headSha } = await w.workspaces.collectProposal({ ...run.request, coAuthor: ROBOT })
  const { runId, repositoryId, branch } = run.request
  const move = { repositoryId, branch, from, to: headSha ?? '' }
  inClone(w.workspaces.moveAlongCommand(runId, move))
  expect(plainGit(run.clone, 'rev-parse', 'HEAD', branch)).toBe(`${headSha}\n${headSha}`)
  expect(plainGit(run.clone, 'symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`)
  expect(plainGit(run.clone, 'status', '--porcelain')).toBe('')
  expect(await w.workspaces.holdsUnsavedWork(runId)).toBe(false)
  // What comes next is built on it, and only that is new.
  agentCommit(run.clone, 'Two')
  const next = await w.workspaces.collectProposal({ ...run.request, coAuthor: ROBOT })
  expect(plainGit(w.mirror, 'rev-parse', `${next.headSha}~`)).toBe(headSha)
})

test('what is published, what a person made, and what names the agent already is left as it is', async () => {
  const w = await world(sandbox())
  const run = await w.run()
  const { branch } = run.request
  const theirs = commit(run.clone, 'theirs', 'by a person\n')
  expect((await w.workspaces.collectProposal({ ...run.request, coAuthor: ROBOT })).headSha).toBe(theirs)
  const named = agentCommit(run.clone, 'Two\n\nCO-AUTHORED-BY: Somebody <Robot@Example.org>')
  expect((await w.workspaces.collectProposal({ ...run.request, coAuthor: ROBOT })).headSha).toBe(named)
  const published = agentCommit(run.clone, 'Three')
  plainGit(w.upstream, 'fetch', '--quiet', run.clone, `${branch}:${branch}`)
  await w.refresh()
  expect((await w.workspaces.collectProposal({ ...run.request, coAuthor: ROBOT })).headSha).toBe(published)
})

test('a signature of what was changed is left out, and a merge keeps both of its parents', async () => {
  const w = await world(sandbox())
  const run = await w.run()
  const base = plainGit(run.clone, 'rev-parse', 'HEAD')
  const side = agentCommit(run.clone, 'Side')
  const tree = plainGit(run.clone, 'rev-parse', 'HEAD^{tree}')
  const who = `${AGENT_IDENTITY.name} <${AGENT_IDENTITY.email}> 1700000000 +0000`
  const raw = [
    `tree ${tree}`,
    ...[`parent ${base}`, `parent ${side}`, `author ${who}`, `committer ${who}`],
    ...['gpgsig -----BEGIN PGP SIGNATURE-----', ' ', ' abc', ' -----END PGP SIGNATURE-----', '', 'Merge\n'],
  ].join('\n')
  const merge = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
    cwd: run.clone,
    input: raw,
  })
  plainGit(run.clone, 'reset', '--quiet', '--hard', merge.toString().trim())
  const { headSha } = await w.workspaces.collectProposal({ ...run.request, coAuthor: ROBOT })
  const stored = plainGit(w.mirror, 'cat-file', 'commit', headSha ?? '')
  expect(stored).not.toContain('gpgsig')
  expect(stored).toContain('Co-authored-by: Robot')
  const [first, second] = show(w.mirror, headSha ?? '', '%P').split(' ')
  expect(first).toBe(base)
  expect(second).not.toBe(side)
  expect(show(w.mirror, second ?? '', '%B')).toContain('Co-authored-by: Robot')
})

test('without an agent to name nothing is changed', async () => {
  const w = await world(sandbox())
  const run = await w.run()
  const head = agentCommit(run.clone, 'One')
  expect(await run.collect()).toMatchObject({ headSha: head })
})

test('agents commit as the author that is configured', async () => {
  const w = await world(sandbox())
  const author = { name: 'Jane Doe', email: 'jane@example.org' }
  const workspaces = createLocalWorkspaces({ dataDir: w.dataDir, author })
  const request = {
    runId: crypto.randomUUID(),
    repositoryId: w.repositoryId,
    branch: 'optio/y-1',
    baseRef: 'main',
  }
  await workspaces.prepareClone(request)
  agentCommit(workspaces.paths(request.runId).clone, 'One')
  const { headSha } = await workspaces.collectProposal({ ...request, coAuthor: ROBOT })
  expect(show(w.mirror, headSha ?? '', '%an <%ae>')).toBe('Jane Doe <jane@example.org>')
  expect(show(w.mirror, headSha ?? '', '%B')).toContain('Co-authored-by: Robot')
})

test('the clone takes over what others added to its branch, and is left alone where they went apart', async () => {
  const w = await world(sandbox())
  const run = await w.run()
  const { runId, branch } = run.request
  agentCommit(run.clone, 'One')
  plainGit(w.upstream, 'fetch', '--quiet', run.clone, `${branch}:${branch}`)
  const takeOver = () => {
    inClone(w.workspaces.refreshCloneCommand(runId))
    inClone(w.workspaces.takeOverCommand(runId, branch))
  }
  plainGit(w.upstream, 'checkout', '--quiet', branch)
  const theirs = commit(w.upstream, 'theirs', 'by a person\n')
  await w.refresh()
  takeOver()
  expect(plainGit(run.clone, 'rev-parse', 'HEAD')).toBe(theirs)
  const own = agentCommit(run.clone, 'Two')
  commit(w.upstream, 'theirs', 'by a person again\n')
  await w.refresh()
  expect(takeOver).toThrow()
  expect(plainGit(run.clone, 'rev-parse', 'HEAD')).toBe(own)
})
