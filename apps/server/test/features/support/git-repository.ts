import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A real repository with a working tree; its configuration is its own, whatever the machine has. */
export interface TestRepository {
  readonly path: string
  git(...args: string[]): Promise<string>
  /** Commits files to a branch, made from `main` when it is new, and checks `main` out again. Answers the commit. */
  commit(branch: string, files: Readonly<Record<string, string>>, message?: string): Promise<string>
}

export async function makeRepository(path: string): Promise<TestRepository> {
  const env = {
    PATH: process.env.PATH,
    HOME: path,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.com',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.com',
  }
  await mkdir(path, { recursive: true })
  const git = async (...args: string[]) => (await run('git', args, { cwd: path, env })).stdout.trim()
  const repository: TestRepository = {
    path,
    git,
    async commit(branch, files, message = 'change') {
      const exists = (await git('branch', '--list', branch)) !== ''
      if (branch !== 'main') await git('checkout', '-q', ...(exists ? [] : ['-b']), branch)
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true })
        await writeFile(join(path, name), content)
      }
      await git('add', '-A')
      await git('commit', '-q', '-m', message)
      const sha = await git('rev-parse', 'HEAD')
      if (branch !== 'main') await git('checkout', '-q', 'main')
      return sha
    },
  }
  await git('init', '-q', '-b', 'main')
  await repository.commit('main', { 'README.md': 'hello\n' }, 'first')
  return repository
}
