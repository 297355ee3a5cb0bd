import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalRuntime } from '@optio/runtimes'
import { commit } from '@optio/testkit/repositories'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sandbox, world } from './workspace-support/repositories.ts'

const root = sandbox()

/** As open as a umask can be: what is closed then is closed on purpose. */
let usual: number
beforeAll(() => {
  usual = process.umask(0)
})
afterAll(() => void process.umask(usual))

/** What lies directly in the directory and is not its owner's only; what is below something closed is closed as well. */
function open(directory: string): string[] {
  return readdirSync(directory).filter((name) => (statSync(join(directory, name)).mode & 0o077) !== 0)
}

test('nobody but the owner can read mirrors, clones, homes, records, checkouts, what was set aside, or a step’s output', async () => {
  const it = await world(root)
  const run = await it.run()
  const work = commit(run.clone, 'a', '1')
  await run.collect()
  const paths = it.workspaces.paths(run.runId)
  const runtime = createLocalRuntime({ stateDir: join(it.dataDir, 'runtime'), orphanMs: 60_000 })
  const dir = paths.stepDir(1, 'agent')
  await runtime.start({
    dir,
    argv: ['sh', '-c', 'echo said; echo complained >&2; mkdir -p "$HOME/.cache"'],
    cwd: paths.clone,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: paths.home },
    stdinFile: null,
    maxMs: 60_000,
    graceMs: 500,
    outputLimitBytes: 1e6,
    sandbox: { readWrite: [paths.clone, paths.home, paths.tmp], readOnly: [], hidden: [] },
  })
  await runtime.waitForEnd(dir, AbortSignal.timeout(60_000))
  const { repositoryId } = it
  await it.workspaces.prepareCheckout({ checkoutId: run.runId, repositoryId, commit: work })
  expect(open(it.dataDir)).toEqual([])
  // Each by itself, so that nothing depends on what is above it.
  for (const path of [paths.root, paths.home, paths.tmp, dir, it.mirror]) {
    expect([path, (statSync(path).mode & 0o777).toString(8)]).toEqual([path, '700'])
  }
  for (const name of ['out', 'err']) {
    expect([name, (statSync(join(dir, name)).mode & 0o777).toString(8)]).toEqual([name, '600'])
  }
  await it.workspaces.setAside(run.runId)
  expect(open(it.dataDir)).toEqual([])
})
