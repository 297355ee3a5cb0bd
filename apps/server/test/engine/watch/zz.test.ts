import { test } from 'vitest'
import { startGithubEngine } from '../support/github-engine.ts'
test('x', async () => {
  const it = await startGithubEngine()
  const { row, there } = await it.repository()
  await there.commit({ branch: 'x', files: { a: 'b' }, by: 'ann' })
  await there.openPullRequest({ title: 't', head: 'x', by: 'ann' })
  const orig = globalThis.fetch
  globalThis.fetch = (async (...a: Parameters<typeof fetch>) => { const r = await orig(...a); if (String(a[0]).includes('graphql')) console.log(a[1]?.body, await r.clone().text()); return r }) as typeof fetch
  const c = await it.place.context()
  const ref = { id: row.id, workspaceId: row.workspaceId, repoUrl: row.repoUrl, fullName: row.fullName, defaultBranch: 'main', mirrorDir: c.workspaces.mirrorDir(row.id) }
  console.log(JSON.stringify(await c.forge('github').observeMany?.([{ repository: ref, number: 1, previous: null }]), null, 1))
  await it.close()
})
