import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Octokit } from '@octokit/rest'
import { afterEach } from 'vitest'
import {
  type FakeGithub,
  type FakeGithubOptions,
  type FakeRepository,
  type NewRepository,
  startFakeGithub,
} from '../../../src/github/index.ts'

const opened: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

/** Undone after the test. */
export function atEnd(close: () => void | Promise<void>): void {
  opened.push(close)
}

/** A GitHub for one test. */
async function aGithub(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  const github = await startFakeGithub(options)
  atEnd(() => github.close())
  return github
}

export interface Shop {
  readonly github: FakeGithub
  readonly repo: FakeRepository
  /** Of `optio-bot`, who can push. */
  readonly token: string
  /** The independent client, as `optio-bot`. */
  readonly octokit: Octokit
}

/** A GitHub with a repository `acme/shop`, where `ann` and `optio-bot` can push and `eve` can read. */
export async function aShop(
  wanted: Partial<NewRepository> = {},
  options: FakeGithubOptions = {},
): Promise<Shop> {
  const github = await aGithub(options)
  const repo = await github.createRepository({
    owner: 'acme',
    name: 'shop',
    private: true,
    files: { 'sum.js': 'one\ntwo\nthree\nfour\nfive\n', 'README.md': '# shop\n' },
    permissions: { ann: 'write', 'optio-bot': 'write', eve: 'read' },
    ...wanted,
  })
  const token = github.createToken({ login: 'optio-bot' })
  return { github, repo, token, octokit: clientOf(github, token) }
}

export const SHOP = { owner: 'acme', repo: 'shop' } as const

export function clientOf(github: FakeGithub, token: string): Octokit {
  const quiet = { debug: noop, info: noop, warn: noop, error: noop }
  return new Octokit({ auth: token, baseUrl: github.apiUrl, log: quiet })
}

function noop(): void {}

/** A pull request of `optio-bot` on a branch `work` that changes the second line. */
export async function aPull({ repo }: Shop, facts: { body?: string; draft?: boolean } = {}): Promise<number> {
  await repo.commit({
    branch: 'work',
    files: { 'sum.js': 'one\nTWO\nthree\nfour\nfive\n' },
    by: 'optio-bot',
    message: 'Two is loud',
  })
  const { number } = await repo.openPullRequest({ title: 'Loud', head: 'work', by: 'optio-bot', ...facts })
  return number
}

/** What a request is answered with; whatever it is. */
export async function answerOf(
  sent: Promise<{ status: number; data: unknown }>,
): Promise<{ status: number; data: unknown; headers: Record<string, unknown> }> {
  try {
    return (await sent) as never
  } catch (error) {
    const { status, response } = error as {
      status: number
      response?: { data: unknown; headers: Record<string, unknown> }
    }
    if (response === undefined) throw error
    return { status, data: response.data, headers: response.headers }
  }
}

export interface GraphqlReply<Data> {
  readonly data: Data
  readonly errors?: readonly {
    readonly type?: string
    readonly message: string
    readonly path?: readonly unknown[]
  }[]
}

export async function graphql<Data = Record<string, unknown>>(
  github: FakeGithub,
  token: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<GraphqlReply<Data>> {
  const response = await fetch(github.graphqlUrl, {
    method: 'POST',
    headers: { authorization: `bearer ${token}`, 'user-agent': 'test' },
    body: JSON.stringify({ query, variables }),
  })
  return (await response.json()) as GraphqlReply<Data>
}

const run = promisify(execFile)

/** An empty directory to clone into, and git in it. */
export function aDirectory(): { path: string; git: (...args: string[]) => Promise<string> } {
  const path = mkdtempSync(join(tmpdir(), 'fake-github-test-'))
  atEnd(() => rmSync(path, { recursive: true, force: true }))
  const env = {
    PATH: process.env.PATH,
    HOME: path,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Bot',
    GIT_AUTHOR_EMAIL: 'bot@example.com',
    GIT_COMMITTER_NAME: 'Bot',
    GIT_COMMITTER_EMAIL: 'bot@example.com',
  }
  return {
    path,
    git: async (...args) => (await run('git', ['-C', path, ...args], { env, timeout: 30_000 })).stdout.trim(),
  }
}

/** The address with a token in it, as git takes it. */
export function withToken(url: string, token: string): string {
  return url.replace('//', `//x-access-token:${token}@`)
}
