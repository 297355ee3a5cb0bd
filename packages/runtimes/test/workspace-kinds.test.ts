import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commit, plainGit } from '@optio/testkit/repositories'
import { expect, test } from 'vitest'
import { sandbox, world } from './workspace-support/repositories.ts'

const root = sandbox()

test('a run without a repository gets an empty directory of its own, which is left as it is from then on', async () => {
  const { workspaces } = await world(root)
  const runId = randomUUID()
  const paths = workspaces.paths(runId)
  expect(await workspaces.prepareEmpty(runId)).toEqual({ created: true })
  expect(readdirSync(paths.clone)).toEqual([])
  writeFileSync(join(paths.clone, 'work'), '')
  expect(await workspaces.prepareEmpty(runId)).toEqual({ created: false })
  expect(readdirSync(paths.clone)).toEqual(['work'])
})

test('a link in place of the directory leads nobody elsewhere', async () => {
  const { workspaces, dataDir } = await world(root)
  const runId = randomUUID()
  const paths = workspaces.paths(runId)
  await workspaces.prepareEmpty(runId)
  rmSync(paths.clone, { recursive: true })
  symlinkSync(dataDir, paths.clone)
  expect(await workspaces.prepareEmpty(runId)).toEqual({ created: true })
  expect(readdirSync(paths.clone)).toEqual([])
  expect(existsSync(dataDir)).toBe(true)
})

test('what is left in it is nothing to be kept', async () => {
  const { workspaces, dataDir } = await world(root)
  const runId = randomUUID()
  await workspaces.prepareEmpty(runId)
  writeFileSync(join(workspaces.paths(runId).clone, 'work'), '')
  expect(await workspaces.holdsUnsavedWork(runId)).toBe(false)
  await workspaces.setAside(runId)
  expect(existsSync(workspaces.paths(runId).root)).toBe(false)
  expect(existsSync(join(dataDir, 'environments', '.kept'))).toBe(false)
})

test('a review reads exactly its commit, detached, with the history before it, and has nowhere to push to', async () => {
  const w = await world(root)
  const base = plainGit(w.upstream, 'rev-parse', 'HEAD')
  const head = commit(w.upstream, 'change', 'new\n')
  commit(w.upstream, 'later', 'newer\n')
  await w.refresh()
  const runId = randomUUID()
  const request = { runId, repositoryId: w.repositoryId, commit: head, attempt: 1 }
  expect(await w.workspaces.prepareReviewCheckout(request)).toEqual({ created: true })
  const { clone } = w.workspaces.paths(runId)
  expect(plainGit(clone, 'rev-parse', 'HEAD')).toBe(head)
  expect(() => plainGit(clone, 'symbolic-ref', 'HEAD')).toThrow()
  expect(plainGit(clone, 'status', '--porcelain')).toBe('')
  expect(plainGit(clone, 'diff', '--name-only', `${base}...${head}`)).toBe('change')
  expect(() => plainGit(clone, 'push', 'origin', 'HEAD:refs/heads/evil')).toThrow(/do-not-push/)
  expect(plainGit(w.mirror, 'for-each-ref', '--format=%(refname)')).not.toContain('evil')
})

test('each attempt of a review reads a clean checkout, and one that is adopted keeps its own', async () => {
  const w = await world(root)
  const head = plainGit(w.upstream, 'rev-parse', 'HEAD')
  const request = { runId: randomUUID(), repositoryId: w.repositoryId, commit: head }
  await w.workspaces.prepareReviewCheckout({ ...request, attempt: 1 })
  const { clone, home } = w.workspaces.paths(request.runId)
  writeFileSync(join(clone, 'README'), 'changed\n')
  writeFileSync(join(home, 'session'), 'kept\n')
  expect(await w.workspaces.prepareReviewCheckout({ ...request, attempt: 1 })).toEqual({ created: false })
  expect(readFileSync(join(clone, 'README'), 'utf8')).toBe('changed\n')
  expect(await w.workspaces.prepareReviewCheckout({ ...request, attempt: 2 })).toEqual({ created: true })
  expect(readFileSync(join(clone, 'README'), 'utf8')).toBe('one\ntwo\nthree\n')
  expect(readFileSync(join(home, 'session'), 'utf8')).toBe('kept\n')
  commit(clone, 'evil', 'work\n')
  expect(await w.workspaces.holdsUnsavedWork(request.runId)).toBe(false)
})

test('whoever slept while an attempt of a review got a successor takes nothing away from that one', async () => {
  const w = await world(root)
  const commit = plainGit(w.upstream, 'rev-parse', 'HEAD')
  const request = { runId: randomUUID(), repositoryId: w.repositoryId, commit }
  await w.workspaces.prepareReviewCheckout({ ...request, attempt: 2 })
  const { clone } = w.workspaces.paths(request.runId)
  writeFileSync(join(clone, 'notes'), 'of its agent\n')
  const late = w.workspaces.prepareReviewCheckout({ ...request, attempt: 1 })
  await expect(late).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(readFileSync(join(clone, 'notes'), 'utf8')).toBe('of its agent\n')
})

test('a checkout whose making was cut short is made again', async () => {
  const w = await world(root)
  const head = plainGit(w.upstream, 'rev-parse', 'HEAD')
  const request = { runId: randomUUID(), repositoryId: w.repositoryId, commit: head, attempt: 2 }
  await w.workspaces.prepareReviewCheckout(request)
  const { clone } = w.workspaces.paths(request.runId)
  rmSync(clone, { recursive: true })
  expect(await w.workspaces.prepareReviewCheckout(request)).toEqual({ created: true })
  expect(plainGit(clone, 'rev-parse', 'HEAD')).toBe(head)
})

test('what was set aside goes after its time, its commits stay, and those of the next one are kept beside them', async () => {
  const w = await world(root)
  const run = await w.run()
  const kept = join(w.dataDir, 'environments', '.kept')
  const refs = () =>
    plainGit(w.mirror, 'for-each-ref', '--format=%(objectname)', `refs/optio/kept/${run.runId}`)
  const first = commit(run.clone, 'work', 'first\n')
  await w.workspaces.setAside(run.runId)
  expect(await w.workspaces.removeKept({ before: new Date(Date.now() - 60_000) })).toBe(0)
  expect(readdirSync(kept)).toEqual([`${run.runId}-1`])
  expect(await w.workspaces.removeKept({ before: new Date(Date.now() + 60_000) })).toBe(1)
  expect(readdirSync(kept)).toEqual([])
  expect(refs()).toBe(first)

  await run.prepare()
  const second = commit(run.clone, 'work', 'second\n')
  await w.workspaces.setAside(run.runId)
  expect(readdirSync(kept)).toEqual([`${run.runId}-2`])
  expect(refs().split('\n').sort()).toEqual([first, second].sort())
})

test('nothing is removed where nothing was ever set aside', async () => {
  const w = await world(root)
  mkdirSync(w.dataDir, { recursive: true })
  expect(await w.workspaces.removeKept({ before: new Date(Date.now() + 60_000) })).toBe(0)
})
