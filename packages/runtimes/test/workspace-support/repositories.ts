import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalWorkspaces, type Workspaces } from '@optio/runtimes'
import { makeRepository, temporaryDirectory } from '@optio/testkit/repositories'
import { afterAll } from 'vitest'

/** A directory of this test file, removed at its end. */
export function sandbox(): string {
  return temporaryDirectory('workspace', afterAll)
}

/** A repository, workspaces over a data directory, and a run with its clone. */
export interface World {
  readonly upstream: string
  readonly dataDir: string
  readonly workspaces: Workspaces
  readonly repositoryId: string
  readonly mirror: string
  refresh(): Promise<void>
  run(branch?: string): Promise<RunInWorld>
}

export interface RunInWorld {
  readonly runId: string
  readonly branch: string
  readonly clone: string
  readonly request: Parameters<Workspaces['collectProposal']>[0]
  prepare(): Promise<{ created: boolean }>
  collect(): ReturnType<Workspaces['collectProposal']>
}

export async function world(root: string, upstreamName = 'upstream'): Promise<World> {
  const id = randomUUID()
  const upstream = makeRepository(join(root, id, upstreamName))
  const dataDir = join(root, id, 'data')
  const workspaces = createLocalWorkspaces({ dataDir })
  const repositoryId = randomUUID()
  const refresh = () => workspaces.refreshMirror({ id: repositoryId, repoUrl: upstream })
  await refresh()
  return {
    upstream,
    dataDir,
    workspaces,
    repositoryId,
    mirror: workspaces.mirrorDir(repositoryId),
    refresh,
    run: async (branch = 'optio/fix-it-12345678') => {
      const runId = randomUUID()
      const request = { runId, repositoryId, branch, baseRef: 'main' }
      await workspaces.prepareClone(request)
      return {
        runId,
        branch,
        request,
        clone: workspaces.paths(runId).clone,
        prepare: () => workspaces.prepareClone(request),
        collect: () => workspaces.collectProposal(request),
      }
    },
  }
}

/** A program that leaves a mark when anybody runs it. */
export function canary(root: string): { script: string; wasRun(): boolean; reset(): void } {
  const directory = mkdtempSync(join(root, 'canary-'))
  const script = join(directory, 'canary')
  const mark = join(directory, 'ran')
  writeFileSync(script, `#!/bin/sh\ntouch '${mark}'\ncat 2>/dev/null || true\n`)
  chmodSync(script, 0o755)
  return { script, wasRun: () => existsSync(mark), reset: () => rmSync(mark, { force: true }) }
}
