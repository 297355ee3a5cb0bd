import { randomBytes } from 'node:crypto'
import type { Repo, Task } from '@optio/contract'
import { asRun, awaitState } from './facts.ts'
import type { Place } from './place.ts'
import { makeRepository } from './repository.ts'
import { promptOf, SCRIPTED_AGENT, type Script, type Steps } from './scripted.ts'

/** A sample repository that is connected, and the tasks a test gives to scripted agents there. */
export class Workshop {
  readonly place: Place
  readonly repo: Repo
  readonly path: string

  private constructor(place: Place, repo: Repo, path: string) {
    this.place = place
    this.repo = repo
    this.path = path
  }

  /** @param settings of the repository, besides the agent's command. */
  static async open(
    place: Place,
    settings: Readonly<Record<string, unknown>> = {},
    files: Readonly<Record<string, string>> = { 'README.md': 'A sample\n' },
  ): Promise<Workshop> {
    const path = await makeRepository(place.root, `repository-${randomBytes(4).toString('hex')}`, files)
    const { repo } = await place.client.repos.connect({
      body: { agentCommand: SCRIPTED_AGENT, ...settings, repoUrl: path },
    })
    return new Workshop(place, repo, path)
  }

  async task(script: Script, more: Readonly<Record<string, unknown>> = {}): Promise<Task> {
    const { task } = await this.place.client.tasks.create({
      body: {
        title: 'A task',
        prompt: promptOf(script),
        repoUrl: this.path,
        agentType: 'command',
        ...more,
      },
    })
    return asRun(task)
  }

  async reaches(
    task: Task,
    states: Task['state'] | readonly Task['state'][],
    withinMs?: number,
  ): Promise<Task> {
    return await awaitState(this.place.client, task.id, states, withinMs)
  }

  async pullRequest(task: Task) {
    return (await this.place.client.pullRequests.get({ params: { id: task.id } })).pullRequest
  }

  async review(task: Task, state: 'approved' | 'changes_requested', body = ''): Promise<void> {
    await this.place.client.pullRequests.review({ params: { id: task.id }, body: { state, body } })
  }
}

/** Writes one file and commits it. */
export function change(path = 'answer', content = 'right\n', message = `Change ${path}`): Steps {
  return [
    ['write', path, content],
    ['commit', message],
  ]
}
