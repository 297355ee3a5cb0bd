import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createLocalWorkspaces, type Workspaces } from '@optio/runtimes'
import { afterAll } from 'vitest'

/** A directory of this test file, removed at its end. */
export function sandbox(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'optio-workspace-')))
  afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

/** git as a person or an agent runs it: the repository's own configuration counts. */
export function plainGit(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
    },
  }).trimEnd()
}

export function commit(directory: string, file: string, content: string): string {
  mkdirSync(dirname(join(directory, file)), { recursive: true })
  writeFileSync(join(directory, file), content)
  plainGit(directory, 'add', '--all')
  plainGit(directory, 'commit', '--quiet', '--allow-empty', '-m', `change ${file}`)
  return plainGit(directory, 'rev-parse', 'HEAD')
}

export function upstreamAt(path: string): string {
  mkdirSync(path, { recursive: true })
  plainGit(path, 'init', '--quiet', '--initial-branch=main')
  commit(path, 'README', 'hello\n')
  return path
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
  const upstream = upstreamAt(join(root, id, upstreamName))
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
