import type { Issue, Repo } from '@optio/contract'
import { type FakeGithub, type FakeRepository, startFakeGithub } from '@optio/testkit/github'
import { vi } from 'vitest'
import { readAgain } from '../../../src/features/issues/sync/progress.ts'
import { startOptio, type TestOptio } from './optio.ts'

/** Optio in front of a GitHub of its own, where `optio-bot` may write, `ann` too, and `stranger` may read. */
export interface GithubPlace {
  readonly github: FakeGithub
  readonly optio: TestOptio
  /** What deliveries are signed with. */
  readonly webhookSecret: string
  /** A new repository there, connected here. */
  connected(name: string, settings?: Record<string, unknown>): Promise<{ there: FakeRepository; repo: Repo }>
  /** Has the issues of a repository read as when they are due, and waits for that. */
  read(repo: Repo): Promise<void>
  issues(query?: Record<string, unknown>): Promise<Issue[]>
  close(): Promise<void>
}

const WEBHOOK_SECRET = 'what deliveries are signed with'

/** @param env more of Optio's own environment. */
export async function startGithubPlace(env: Readonly<Record<string, string>> = {}): Promise<GithubPlace> {
  const github = await startFakeGithub()
  const token = github.createToken({ login: 'optio-bot' })
  const optio = await startOptio([], () => ({}), {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.url,
    GITHUB_TOKEN: token,
    GITHUB_WEBHOOK_SECRET: WEBHOOK_SECRET,
    ...env,
  })
  return {
    github,
    optio,
    webhookSecret: WEBHOOK_SECRET,
    async connected(name, settings = {}) {
      const there = await github.createRepository({
        owner: 'acme',
        name,
        permissions: { 'optio-bot': 'write', ann: 'write', stranger: 'read' },
      })
      const body = { repoUrl: there.url, agentCommand: ['true'] as [string], ...settings }
      const { repo } = await optio.client.repos.connect({ body })
      return { there, repo }
    },
    async read(repo) {
      await optio.database.transaction((tx) =>
        readAgain(tx, { workspaceId: repo.workspaceId, repositoryId: repo.id }),
      )
      await vi.waitFor(
        async () => {
          const { rows } = await optio.database.orm.execute<{ due: boolean }>(
            `select due_at <= now() or full_since is not null as due from issue_syncs where repository_id = '${repo.id}'`,
          )
          const { rows: jobs } = await optio.database.orm.execute(
            "select from graphile_worker.jobs where task_identifier = 'issue_sync' and locked_at is not null",
          )
          if (rows[0]?.due !== false || jobs.length > 0) throw new Error('it is still being read')
        },
        { timeout: 30_000, interval: 30 },
      )
    },
    issues: async (query = {}) => (await optio.client.issues.list({ query })).issues,
    async close() {
      await optio.close()
      await github.close()
    },
  }
}
