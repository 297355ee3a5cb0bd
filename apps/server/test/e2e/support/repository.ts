import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs git as the user of a repository would; answers its standard output, trimmed. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, {
    cwd,
    maxBuffer: 1 << 26,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'A person',
      GIT_AUTHOR_EMAIL: 'person@example.org',
      GIT_COMMITTER_NAME: 'A person',
      GIT_COMMITTER_EMAIL: 'person@example.org',
    },
  })
  return stdout.trim()
}

/** Makes a repository with one commit of these files on `main`; answers its path. */
export async function makeRepository(
  directory: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const path = join(directory, name)
  await mkdir(path, { recursive: true })
  await git(path, 'init', '--quiet', '--initial-branch=main')
  await commitFiles(path, 'First commit', files)
  return path
}

export async function commitFiles(
  path: string,
  message: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
    if (content.startsWith('#!')) await chmod(file, 0o755)
  }
  await git(path, 'add', '--all')
  await git(path, 'commit', '--quiet', '-m', message)
}
