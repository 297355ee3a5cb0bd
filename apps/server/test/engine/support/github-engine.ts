import {
  type FakeGithub,
  type FakeGithubOptions,
  type FakeRepository,
  startFakeGithub,
} from '@optio/testkit/github'
import { uuidv7 } from 'uuidv7'
import { DEFAULT_WORKSPACE_ID, repositories } from '../../../src/database/schema/index.ts'
import type { EngineCommands, RunRef } from '../../../src/engine/engine.ts'
import { EnginePlace, type RepositoryRow } from './engine-place.ts'

/** An agent that commits a file of the name of its branch. */
const AGENT = [
  'sh',
  '-c',
  'echo right >"$(git branch --show-current | tr / -)" && git add . && git commit -qm "Answer"',
]

/** Engines in front of a GitHub of their own, where `optio-bot` and `ann` may write. */
export interface GithubEngine {
  readonly github: FakeGithub
  readonly place: EnginePlace
  readonly token: string
  repository(settings?: Partial<RepositoryRow>): Promise<{ there: FakeRepository; row: RepositoryRow }>
  createRun(commands: EngineCommands, row: RepositoryRow): Promise<RunRef>
  /** Rows of what is watched, with times as milliseconds from now. */
  watches(): Promise<Watch[]>
  close(): Promise<void>
}

export interface Watch {
  readonly runId: string
  readonly number: number
  readonly dueIn: number
  readonly observedAgo: number | null
  readonly failures: number
  readonly silence: string | null
}

export async function startGithubEngine(options: FakeGithubOptions = {}): Promise<GithubEngine> {
  const github = await startFakeGithub(options)
  const token = github.createToken({ login: 'optio-bot' })
  const place = await EnginePlace.make({
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.url,
    GITHUB_TOKEN: token,
  })
  let count = 0
  return {
    github,
    place,
    token,
    async repository(settings = {}) {
      count += 1
      const there = await github.createRepository({
        owner: 'acme',
        name: `shop-${count}`,
        permissions: { 'optio-bot': 'write', ann: 'write' },
      })
      const [row] = await place.database.orm
        .insert(repositories)
        .values({
          id: uuidv7(),
          workspaceId: DEFAULT_WORKSPACE_ID,
          repoUrl: there.url,
          gitPlatform: 'github',
          fullName: there.fullName,
          defaultBranch: 'main',
          agentCommand: AGENT,
          ...settings,
        })
        .returning()
      if (!row) throw new Error('the repository was not stored')
      return { there, row }
    },
    createRun: (commands, row) => place.createRun(commands, { row }),
    watches: () =>
      place.rows<Watch>(`
        select run_id as "runId", number, failures, silence, (extract(epoch from due_at - now()) * 1000)::float8 as "dueIn",
          (extract(epoch from now() - observed_at) * 1000)::float8 as "observedAgo"
        from pull_request_watches order by number`),
    async close() {
      await place.close()
      await github.close()
    },
  }
}
