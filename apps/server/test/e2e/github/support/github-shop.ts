import type { Repo, Task } from '@optio/contract'
import {
  type CheckScript,
  type FakeGithub,
  type FakeRepository,
  type NewRepository,
  startFakeGithub,
} from '@optio/testkit/github'
import { asRun, attemptsOf, awaitState, awaitWords, detailOf } from '../../support/facts.ts'
import { Place } from '../../support/place.ts'
import { promptOf, SCRIPTED_AGENT, type Script } from '../../support/scripted.ts'
import { until } from '../../support/until.ts'

/** Whose credential Optio has. */
export const BOT = 'optio-bot'
export const HOOK_SECRET = 'hush-hush-hush'

/** A fake GitHub, and an Optio that knows it and nothing else. */
export class GithubPlace {
  readonly github: FakeGithub
  readonly place: Place
  readonly token: string
  #repositories = 0

  private constructor(github: FakeGithub, place: Place, token: string) {
    this.github = github
    this.place = place
    this.token = token
  }

  /** Every second is looked at what GitHub says, unless `env` says otherwise. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<GithubPlace> {
    const github = await startFakeGithub()
    const token = github.createToken({ login: BOT })
    const place = await Place.make({
      GITHUB_API_URL: github.apiUrl,
      GITHUB_TOKEN: token,
      GITHUB_WEBHOOK_SECRET: HOOK_SECRET,
      OPTIO_PR_WATCH_INTERVAL: '1000',
      OPTIO_ISSUE_SYNC_INTERVAL: '1000',
      OPTIO_CHECKS_GRACE_MS: '500',
      OPTIO_MAX_CONCURRENT: '4',
      ...env,
    })
    await place.start()
    return new GithubPlace(github, place, token)
  }

  /** A repository on GitHub, where Ann and Ben may write, that is connected. */
  async shop(
    settings: Readonly<Record<string, unknown>> = {},
    repository: Partial<NewRepository> = {},
  ): Promise<GithubShop> {
    this.#repositories += 1
    const fake = await this.github.createRepository({
      owner: 'acme',
      name: `shop-${this.#repositories}`,
      private: true,
      permissions: { [BOT]: 'write', ann: 'write', ben: 'write', eve: 'read' },
      ...repository,
    })
    const { repo } = await this.place.client.repos.connect({
      body: { agentCommand: SCRIPTED_AGENT, ...settings, repoUrl: fake.url },
    })
    return new GithubShop(this, fake, repo)
  }

  async close(): Promise<void> {
    this.github.faults.clear()
    await this.place.close()
    await this.github.close()
  }
}

/** A connected repository on GitHub. */
export class GithubShop {
  readonly at: GithubPlace
  readonly fake: FakeRepository
  readonly repo: Repo

  constructor(at: GithubPlace, fake: FakeRepository, repo: Repo) {
    this.at = at
    this.fake = fake
    this.repo = repo
  }

  get client() {
    return this.at.place.client
  }

  /** An issue by Ann whose text leads the scripted agent. */
  issue(script: Script, title = 'The sum is wrong') {
    return this.fake.openIssue({ title, by: 'ann', body: promptOf(script) })
  }

  async assign(issueNumber: number, more: Readonly<Record<string, unknown>> = {}): Promise<Task> {
    const { task } = await this.client.issues.assign({
      body: { issueNumber, repoId: this.repo.id, agentType: 'command', ...more },
    })
    return asRun(task)
  }

  async task(script: Script, more: Readonly<Record<string, unknown>> = {}): Promise<Task> {
    const body = {
      title: 'A task',
      prompt: promptOf(script),
      repoUrl: this.repo.repoUrl,
      agentType: 'command' as const,
      ...more,
    }
    return asRun((await this.client.tasks.create({ body })).task)
  }

  async reaches(task: Task, states: Task['state'] | readonly Task['state'][], withinMs?: number) {
    return await awaitState(this.client, task.id, states, withinMs)
  }

  /** Until the reason why it waits says this. */
  async says(task: Task, words: RegExp, withinMs?: number): Promise<string> {
    return await awaitWords(this.client, task.id, words, withinMs)
  }

  async detail(task: Task) {
    return await detailOf(this.client, task.id)
  }

  async attempts(task: Task) {
    return await attemptsOf(this.client, task.id)
  }

  /** The pull request of a task, as soon as there is one. */
  async pullRequest(task: Task) {
    const number = await until(
      'there is a pull request',
      async () => (await this.detail(task)).task.prNumber,
      {
        seen: async () => await this.detail(task),
      },
    )
    return this.fake.pullRequest(number)
  }

  /** Ends the check that every head gets, once this one has it. */
  async finishes(sha: string, name: string): Promise<void> {
    await until(`${name} runs`, () => this.fake.checks(sha).some((check) => check.name === name))
    this.fake.finishCheck(sha, name, { conclusion: 'success' })
  }

  /** How often Optio has looked at pull requests since now, until it is this often. */
  async looks(times: number): Promise<void> {
    const { requests } = this.at.github
    const seen = () => requests.count('POST /graphql')
    const before = seen()
    await until(`${times} looks`, () => seen() >= before + times)
  }
}

/** Every head passes one check of this name. */
export const passing: CheckScript = () => [{ name: 'test', kind: 'workflow', conclusion: 'success' }]

/** A workflow that has to run for every push. */
export const WORKFLOW = {
  '.github/workflows/ci.yml':
    'name: CI\non: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n',
}
