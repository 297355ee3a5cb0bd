import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type FakeGithub,
  type FakeGithubOptions,
  type FakeRepository,
  startFakeGithub,
} from '@optio/testkit/github'
import type { RepositoryRef } from '../../../src/forge.ts'
import { githubAddresses } from '../../../src/github/addresses.ts'
import type { GithubClient } from '../../../src/github/http/client.ts'
import { createGithubClient } from '../../../src/github/http/create-client.ts'

/** A GitHub, the client of Optio's account there, and what a test looks at. */
export interface TestGithub {
  readonly github: FakeGithub
  readonly client: GithubClient
  /** A client with the credential of somebody. */
  clientOf(token: string | null): GithubClient
  readonly token: string
  /** As Optio knows a repository; its mirror is the bare repository of the fake. */
  refOf(repository: FakeRepository): RepositoryRef
  close(): Promise<void>
}

export const BOT = 'optio-bot'

export async function startTestGithub(options: FakeGithubOptions = {}): Promise<TestGithub> {
  const github = await startFakeGithub(options)
  const token = github.createToken({ login: BOT })
  const clientOf = (value: string | null) =>
    createGithubClient({
      addresses: githubAddresses({ GITHUB_API_URL: github.apiUrl }),
      credentialFor: async () => (value === null ? null : { token: value, source: 'secret' }),
      writeGapMs: 0,
      retryDelayMs: 1,
      now: () => github.clock.now(),
    })
  return {
    github,
    token,
    client: clientOf(token),
    clientOf,
    refOf: ({ id, url, fullName, defaultBranch, gitDir }) => ({
      id: `repository-${id}`,
      workspaceId: 'workspace-1',
      repoUrl: url,
      fullName,
      defaultBranch,
      mirrorDir: gitDir,
    }),
    close: () => github.close(),
  }
}

/** An empty bare repository to be a mirror. */
export function emptyMirror(): { readonly mirrorDir: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'optio-mirror-'))
  execFileSync('git', ['init', '--quiet', '--bare', directory])
  return { mirrorDir: directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}
