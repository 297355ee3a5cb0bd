import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Client, executed, type Repo, type Task } from '@optio/contract'
import { type AgentStep, scriptedAgentCommand } from '@optio/testkit'
import type { TestOptio } from './optio.ts'

const run = promisify(execFile)

/** Makes a git repository with one commit of these files on `main`; answers its path. */
export async function makeRepository(
  optio: TestOptio,
  name: string,
  files: Readonly<Record<string, string>> = { 'README.md': `# ${name}\n` },
): Promise<string> {
  const path = join(optio.directory, 'repositories', name)
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true })
    await writeFile(join(path, file), content)
  }
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=A person', '-c', 'user.email=person@example.org', ...args], {
      cwd: path,
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
    })
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '-m', 'First commit')
  return path
}

type Settings = NonNullable<NonNullable<Parameters<Client['repos']['connect']>[0]>['body']>

/** A new repository, connected, whose agent does what the prompt's script says. */
export async function connectRepository(
  optio: TestOptio,
  name: string,
  settings: Omit<Settings, 'repoUrl'> = {},
): Promise<Repo> {
  const [program = '', ...rest] = scriptedAgentCommand()
  const { repo } = await optio.client.repos.connect({
    body: {
      repoUrl: await makeRepository(optio, name),
      defaultAgentType: 'command',
      agentCommand: [program, ...rest],
      ...settings,
    },
  })
  return repo
}

/** A prompt that has the scripted agent do these steps. */
export function promptOf(...steps: AgentStep[]): string {
  return `Do it.\n\n\`\`\`optio-script\n${JSON.stringify(steps)}\n\`\`\`\n`
}

/** Steps that make a commit of one file. */
export function committing(file: string): AgentStep[] {
  return [
    { usage: { inputTokens: 1200, outputTokens: 90, costUsd: '0.25', model: 'stand-in' } },
    { write: { path: file, content: `${file}\n` } },
    { commit: `Add ${file}` },
  ]
}

export async function createTask(
  optio: TestOptio,
  repo: Repo,
  title: string,
  steps: readonly AgentStep[],
  more: { maxRetries?: number } = {},
): Promise<Task> {
  const made = await optio.client.tasks.create({
    body: { repoUrl: repo.repoUrl, title, prompt: promptOf(...steps), ...more },
  })
  return executed(made).task
}

/** Waits until a task is as wanted. */
export async function awaitTask(
  optio: TestOptio,
  id: string,
  isWanted: (task: Task) => boolean,
  withinMs = 45_000,
): Promise<Task> {
  const end = performance.now() + withinMs
  for (;;) {
    const { task } = executed(await optio.client.tasks.get({ params: { id } }))
    if (isWanted(task)) return task
    if (performance.now() > end) {
      throw new Error(
        `“${task.title}” is still ${task.state}, waiting on ${task.waitingOn}: ${task.errorMessage}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
